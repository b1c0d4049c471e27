"""README.md of the manifests."""

from deploy.kubernetes.settings import LONGEST
from deploy.names import label
from deploy.plan import Plan
from pipelines.models.offer import in_words
from pipelines.tiers import names_gpu

WORDS = """\
# {id} on Kubernetes

1. Build the image and push it to a registry that the cluster reads:

   ```sh
   python app.py export docker {model} image
   docker build -t REGISTRY/{image}:1 image && docker push REGISTRY/{image}:1
   ```

2. Name it in `deployment.yaml`, or let kustomize do it, and apply:

   ```sh
   kubectl kustomize . | kubectl apply --dry-run=server -f -
   kubectl apply -k .
   kubectl rollout status deployment/{name}
   ```

3. The server asks for a token. Make one, then call it:

   ```sh
   kubectl exec deployment/{name} -- python app.py token create --name me
   kubectl port-forward service/{name} 7860:80
   ```

What is in here:

- The pods run as user 1000, with a root that is read-only, no privileges and no token of the
  cluster. They write to `/data` and `/tmp` alone.
- Memory and cores are asked for as the model was foretold to need them: {need} for the model{gpu}.
- `/health` says that a pod lives, `/health/ready` that it takes calls.
- `configmap.yaml` holds settings (`python app.py --help` lists them all), `secret.yaml` is a
  template for addresses with passwords in them.
- The service is reached from inside the cluster. Put your own Ingress or Gateway before it, and its
  addresses into `TAGLINE_TRUSTED_PROXIES`, so that limits count callers and not the proxy.
{scale}
The manifests were checked against the schemas of Kubernetes 1.37; no cluster has run them.
"""
ONE = """\
- One pod runs at a time, since tokens and kept runs lie on its disk. `--replicas 4` of the export
  writes manifests for up to four, which keep them in PostgreSQL.
"""
SEVERAL = """\
- {least} to {most} pods run, as many as their cores are busy. They share nothing but what
  `secret.yaml` names, so that has to be filled in: `TAGLINE_DATABASE` is a PostgreSQL in which
  tokens are kept, `TAGLINE_REDIS_URL` a Redis in which limits are counted together.
"""


def readme(plan: Plan, replicas: int) -> str:
    scale = SEVERAL.format(least=min(2, replicas), most=replicas) if replicas > 1 else ONE
    return WORDS.format(
        id=plan.model.id,
        model=plan.name,
        image=label(plan.model.id),
        name=label(plan.model.id, LONGEST),
        need=in_words(plan.need),
        gpu=", and GPUs" if names_gpu(plan.flavour) else "",
        scale=scale,
    )
