"""The Hub's `GET /api/models`: which models of a list are asked for, in which order and pages.

Source: what huggingface_hub's `HfApi.list_models` sends, and its `paginate` reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

MOST = 1_000  # models in one page, as on the Hub
About = Mapping[str, Any]


class Listing(BaseModel):
    """The query. What nobody counts here (downloads, likes) is equal in all: it orders nothing."""

    search: str = ""
    pipeline_tag: str | None = None
    author: str | None = None
    library: str | None = None
    filter: list[str] = Field([], description="Tags that a model must have, all of them")
    inference: Literal["warm"] | None = None
    inference_provider: list[str] = []
    gated: bool | None = None
    apps: str | None = None
    num_parameters: str | None = None
    sort: Literal["createdAt", "lastModified", "downloads", "likes", "trendingScore"] | None = None
    direction: Literal["-1", "1"] = Field("-1", description="Of `sort`: -1 puts the largest first")
    limit: int = Field(MOST, ge=1, le=MOST)
    cursor: int = Field(0, ge=0, description="Where a page begins, as the header Link has it")

    @field_validator("apps", "num_parameters")
    @classmethod
    def unknown(cls, value: str | None) -> None:
        """Better than a list that does not heed it."""
        raise PydanticCustomError("unknown", "is not known of the models here; leave it out")

    def takes(self, about: About) -> bool:
        tags = {*about["tags"], about["pipeline_tag"], about["library_name"]}
        wanted = {tag for each in self.filter for tag in each.split(",")}
        return (
            self.pipeline_tag in (None, about["pipeline_tag"])
            and self.author in (None, about["author"])
            and self.library in (None, about["library_name"])
            and self.inference in (None, about["inference"])
            and self.gated in (None, about["gated"])
            and self.provided(about["inferenceProviderMapping"])
            and wanted <= tags
        )

    def provided(self, providers: About) -> bool:
        """Whether one of the providers asked for is this server."""
        wanted = {name for each in self.inference_provider for name in each.split(",")}
        return not wanted or bool(providers and wanted & {"all", *providers})

    def ordered(self, found: Sequence[About]) -> list[About]:
        if self.sort is None:
            return list(found)
        down = self.direction == "-1"
        return sorted(found, key=lambda about: about.get(str(self.sort), 0), reverse=down)

    def page(self, found: Sequence[About]) -> Sequence[About]:
        return found[self.cursor : self.cursor + self.limit]

    def next_page(self, request: Request, count: int) -> dict[str, str]:
        """The header that leads to the next page, if there is one."""
        after = self.cursor + self.limit
        if after >= count:
            return {}
        return {"link": f'<{request.url.include_query_params(cursor=after)}>; rel="next"'}
