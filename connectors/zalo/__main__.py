"""``python -m connectors.zalo authorise``: lets our app act for the Official Account (also ``motcua zalo authorise``)."""

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bot.settings import MissingSettingError, Settings
from bot.storage.database import open_database
from bot.texts import say
from connectors.platform_http import platform_client
from connectors.zalo.authorise import (
    AuthoriseError,
    ConsentRequest,
    Receive,
    authorise,
    by_following,
    by_local_callback,
    by_pasting,
)
from connectors.zalo.oauth import TokenPair
from connectors.zalo.setup import zalo_app, zalo_ids, zalo_tokens

CALLBACK_PORT = 8765
app = typer.Typer(help="Kênh Zalo Official Account.", no_args_is_help=True, pretty_exceptions_show_locals=False)


@app.callback()
def zalo() -> None:
    """Kênh Zalo Official Account."""


@app.command("authorise")
def authorise_command(
    paste: Annotated[bool, typer.Option("--paste", help="Dán địa chỉ trả về thay vì chờ trình duyệt trên máy này.")] = False,
    redirect_uri: Annotated[str | None, typer.Option(help="Địa chỉ trả về đã khai trong trang quản trị ứng dụng Zalo.")] = None,
    port: Annotated[int, typer.Option(help="Cổng chờ trình duyệt trên máy này.")] = CALLBACK_PORT,
) -> None:
    """Xin quyền của quản trị viên Official Account và lưu cặp token đầu tiên."""
    try:
        settings = Settings()
        pair = asyncio.run(_authorise(settings, paste=paste, redirect_uri=redirect_uri or f"http://127.0.0.1:{port}/", port=port))
    except (AuthoriseError, MissingSettingError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    hours = f"{pair.lives.total_seconds() / 3600:.0f}"
    typer.echo(say("zalo_authorise_done", oa_id=settings.zalo_oa_id, hours=hours))


async def _authorise(settings: Settings, *, paste: bool, redirect_uri: str, port: int) -> TokenPair:
    database = open_database(settings.database_url)
    async with platform_client(settings.zalo_api_url) as http:
        receive: Receive
        if urlsplit(settings.zalo_oauth_url).hostname in ("127.0.0.1", "localhost"):
            receive = by_following(http)
        elif paste:
            receive = by_pasting(_show, lambda: str(typer.prompt(say("zalo_authorise_paste"))))
        else:
            receive = by_local_callback(port, _show)
        request = ConsentRequest(settings.zalo_oauth_url, zalo_app(settings), zalo_ids(settings), redirect_uri)
        try:
            return await authorise(request, zalo_tokens(settings, database.sessions, http), receive)
        finally:
            database.engine.dispose()


def _show(url: str) -> None:
    typer.echo(say("zalo_authorise_open"))
    typer.echo(url)


if __name__ == "__main__":
    app()
