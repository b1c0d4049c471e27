"""Text generation: what beside the text may be asked for, and models with an encoder."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from pipelines.errors import InvalidInput
from pipelines.loaders.penalties import Penalties
from tests.pipelines.tasks.written import Writer, writer
from tests.zoo import parts, writers

PROMPT = "The quick brown fox"
BUILDS: dict[str, Callable[[Path], None]] = {
    "gpt2": parts.gpt2,
    "t5": lambda folder: writers.t5(folder, "text2text-generation"),
    "bart": lambda folder: writers.bart(folder, "text2text-generation"),
}
Make = Callable[[str], Writer]
every = pytest.mark.parametrize("name", list(BUILDS))


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("generation")
    return cache(lambda name: writer(folder, "text-generation", BUILDS[name], name))


def written(of: Writer, prompt: str = PROMPT, **parameters: Any) -> Any:
    given = {"max_new_tokens": 8, "do_sample": False, "details": True} | parameters
    ((only,),) = [of.ask(prompt, **given)]
    return only


# Details ---------------------------------------------------------------------------------------


def test_the_prompt_with_its_log_probabilities(make: Make) -> None:
    gpt2 = make("gpt2")
    prefill = written(gpt2, decoder_input_details=True)["details"]["prefill"]
    tokenizer = AutoTokenizer.from_pretrained(gpt2.model.path)
    model = AutoModelForCausalLM.from_pretrained(gpt2.model.path).eval()
    ids = tokenizer(PROMPT)["input_ids"]
    assert [each["id"] for each in prefill] == ids
    assert "".join(each["text"] for each in prefill) == PROMPT
    with torch.inference_mode():
        scores = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    expected = [scores[at, id].item() for at, id in enumerate(ids[1:])]
    assert [each["logprob"] for each in prefill] == [None, *map(pytest.approx, expected)]
    assert written(gpt2)["details"]["prefill"] == []


def test_beside_an_encoder_the_prompt_is_the_decoders_start(make: Make) -> None:
    for name, start in (("t5", 0), ("bart", 2)):
        (only,) = written(make(name), decoder_input_details=True)["details"]["prefill"]
        assert (only["id"], only["logprob"]) == (start, None)


@every
def test_the_likeliest_of_each_place(make: Make, name: str) -> None:
    found = written(make(name), top_n_tokens=3)["details"]
    for token, top in zip(found["tokens"], found["top_tokens"], strict=True):
        scores = [each["logprob"] for each in top]
        assert len(top) == 3
        assert scores == sorted(scores, reverse=True)
        assert all(each.keys() == {"id", "text", "logprob", "special"} for each in top)
        if not token["special"]:  # one may be forced upon the model
            assert top[0]["id"] == token["id"]
    chunks = make(name).chunks(PROMPT, max_new_tokens=4, top_n_tokens=2)
    assert [len(chunk["top_tokens"]) for chunk in chunks] == [2] * len(chunks)
    assert "top_tokens" not in make(name).chunks(PROMPT, max_new_tokens=1)[0]


# Drawing ---------------------------------------------------------------------------------------


@every
def test_a_seed_repeats_a_draw(make: Make, name: str) -> None:
    drawn = [
        written(make(name), do_sample=True, temperature=40, seed=seed, max_new_tokens=12)
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0]["generated_text"] != drawn[2]["generated_text"]


def test_the_best_of_several_draws(make: Make) -> None:
    given: dict[str, Any] = {"do_sample": True, "temperature": 3.0}
    best = written(make("gpt2"), best_of=3, seed=5, **given)
    alone = [written(make("gpt2"), seed=5 + n, **given) for n in range(3)]
    mean = [
        sum(t["logprob"] for t in each["details"]["tokens"]) / len(each["details"]["tokens"])
        for each in alone
    ]
    assert best["generated_text"] == alone[mean.index(max(mean))]["generated_text"]
    others = best["details"]["best_of_sequences"]
    assert sorted(x["generated_text"] for x in others) == sorted(
        x["generated_text"] for x in alone if x["generated_text"] != best["generated_text"]
    )
    assert written(make("gpt2"), best_of=1) == written(make("gpt2"))


def test_the_best_of_equal_ones_is_refused(make: Make) -> None:
    with pytest.raises(InvalidInput, match=r"parameters\.best_of: draws must differ"):
        written(make("gpt2"), best_of=2)


def test_the_best_of_several_comes_as_a_stream_when_all_are_written(make: Make) -> None:
    given: dict[str, Any] = {"best_of": 2, "do_sample": True, "seed": 1, "max_new_tokens": 4}
    whole = make("gpt2").joined(PROMPT, **given)
    assert whole[0]["generated_text"] == written(make("gpt2"), **given)["generated_text"]


def test_typical_tokens_and_penalties_are_taken(make: Make) -> None:
    plain = written(make("gpt2"), max_new_tokens=20)["generated_text"]
    assert written(make("gpt2"), do_sample=True, typical_p=0.2, seed=0)
    assert written(make("gpt2"), repetition_penalty=5, max_new_tokens=20)["generated_text"] != plain


@every
def test_what_the_answer_has_often_is_avoided(make: Make, name: str) -> None:
    def repeats(**more: Any) -> int:
        found = written(make(name), max_new_tokens=20, **more)["details"]["tokens"]
        ids = [token["id"] for token in found]
        return len(ids) - len(set(ids))

    assert repeats(frequency_penalty=2) <= repeats()
    assert repeats(frequency_penalty=-2) >= repeats()


def test_penalties_are_counted_after_the_prompt_alone() -> None:
    scores = torch.zeros(1, 5)
    both = Penalties(0.5, 1.0)
    assert both(torch.tensor([[1, 1, 2]]), scores).tolist() == [[0, 0, 0, 0, 0]]
    assert both(torch.tensor([[1, 1, 2, 3]]), scores).tolist() == [[0, 0, 0, -1.5, 0]]
    assert both(torch.tensor([[1, 1, 2, 3, 3]]), scores).tolist() == [[0, 0, 0, -2.0, 0]]


# Long prompts ----------------------------------------------------------------------------------


def test_what_truncate_leaves_out_is_told(make: Make) -> None:
    (value,), told = make("gpt2").told(PROMPT, truncate=2, details=True)
    assert value["details"]["input_length"] == 2
    assert len(told) == 1
    assert "as truncate asks, only the last 2 count" in told[0]
    assert make("gpt2").told(PROMPT, truncate=100)[1] == []


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_an_encoder_reads_so_far(make: Make, name: str) -> None:
    of = make(name)
    (value,), told = of.told("fox " * 300, details=True, max_new_tokens=2)
    assert value["details"]["input_length"] == 64
    assert told == [
        "inputs is longer than the 64 tokens that this model reads; the rest was left out."
    ]
    side = of.pipe.tokenizer.truncation_side
    (value,), told = of.told("dog " * 300 + "fox", details=True, max_new_tokens=2, truncate=5)
    assert (value["details"]["input_length"], len(told)) == (5, 1)
    assert of.pipe.tokenizer.truncation_side == side


def test_an_answer_ends_where_a_decoder_does(make: Make) -> None:
    found = written(make("bart"), max_new_tokens=500)["details"]
    assert found["generated_tokens"] <= 63


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_the_prompt_may_stand_before_a_rewritten_text(make: Make, name: str) -> None:
    whole = written(make(name), return_full_text=True)["generated_text"]
    assert whole == PROMPT + written(make(name))["generated_text"]


@every
def test_chunks_join_to_the_answer(make: Make, name: str) -> None:
    for prompt in (PROMPT, "👩‍👩‍👧 東京 e\u0301"):
        given = {"max_new_tokens": 8, "do_sample": False, "details": True, "top_n_tokens": 1}
        chunks = make(name).chunks(prompt, **given)
        assert make(name).joined(prompt, **given) == make(name).ask(prompt, **given)
        text = "".join(chunk["token"]["text"] for chunk in chunks)
        assert text == chunks[-1]["generated_text"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"watermark": True}, "watermark"),
        ({"grammar": {"type": "json"}}, "grammar"),
        ({"adapter_id": "a"}, "adapter_id"),
        ({"best_of": 9}, "best_of"),
        ({"top_n_tokens": 21}, "top_n_tokens"),
        ({"frequency_penalty": 3}, "frequency_penalty"),
        ({"truncate": 0}, "truncate"),
    ],
)
def test_what_no_model_here_can_do_is_refused(make: Make, asked: Any, name: str) -> None:
    with pytest.raises(InvalidInput, match=rf"parameters\.{name}"):
        make("gpt2").ask(PROMPT, **asked)
