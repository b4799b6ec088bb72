"""Posts that go straight to their route: the app's limits, headers and answers to errors hold for them as for all others."""

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from starlette.responses import JSONResponse, Response

from connectors.gateway.direct_posts import DirectPosts, direct_posts
from connectors.gateway.headers import SafeResponses
from connectors.gateway.problems import Problem, install_problem_answers


@pytest.fixture
def client() -> TestClient:
    app, router = FastAPI(), APIRouter()

    @router.get("/webhooks/one")
    async def probe() -> Response:
        return JSONResponse({"asked": "get"})

    @router.post("/webhooks/one")
    async def take(request: Request) -> Response:
        match (await request.body()).decode():
            case "away":
                raise OperationalError("INSERT", {}, Exception("gone"))
            case "big":
                raise Problem(413, "body_too_large")
            case "broken":
                raise RuntimeError
        return JSONResponse({"route": request.scope["route"].path})

    install_problem_answers(app)
    app.add_middleware(DirectPosts, posts=direct_posts(router), handlers=app.exception_handlers)
    app.add_middleware(SafeResponses)
    app.include_router(router)
    return TestClient(app, raise_server_exceptions=False)


def test_a_post_reaches_its_route_and_other_methods_and_paths_the_app(client: TestClient) -> None:
    assert client.post("/webhooks/one", content="x").json() == {"route": "/webhooks/one"}
    assert client.get("/webhooks/one").json() == {"asked": "get"}
    assert client.put("/webhooks/one").status_code == 405
    assert client.post("/webhooks/other").status_code == 404


@pytest.mark.parametrize(("said", "status"), [("away", 503), ("big", 413), ("broken", 500)])
def test_errors_are_answered_as_the_app_answers_them(client: TestClient, said: str, status: int) -> None:
    answer = client.post("/webhooks/one", content=said)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["x-content-type-options"] == "nosniff"
