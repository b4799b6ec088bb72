"""``motcua guides``: checks the illustrated guides and draws their pictures anew."""

from pathlib import Path

import typer
from rich.console import Console

from bot.guides.book import IMAGES, GuideBook, GuideFileError, load_guides
from bot.guides.channels import ChannelLinksError, OfficialPagesError, channel_links, load_official_pages
from motcua import stack

guides_app = typer.Typer(help="Hướng dẫn có hình: kiểm tra, vẽ lại hình.", no_args_is_help=True)
console = Console()


def _book(folder: Path) -> GuideBook:
    try:
        return load_guides(folder)
    except GuideFileError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(2) from error


@guides_app.command()
def draw() -> None:
    """Vẽ lại mọi hình từ tệp hướng dẫn; hình không còn dùng bị xoá."""
    folder = Path(stack.load_settings().data_dir) / "guides"
    pictures = _book(folder).pictures()
    images = folder / IMAGES
    images.mkdir(exist_ok=True)
    for path in images.glob("*.svg"):
        if path.name not in pictures:
            path.unlink()
    for name, text in pictures.items():
        (images / name).write_text(text, encoding="utf-8")
    console.print(f"Đã vẽ {len(pictures)} hình vào {images}.", highlight=False, markup=False, soft_wrap=True)


@guides_app.command()
def check() -> None:
    """Kiểm tra hướng dẫn, danh sách trang chính thức và liên kết kênh."""
    settings = stack.load_settings()
    book = _book(Path(settings.data_dir) / "guides")
    try:
        pages = load_official_pages(Path(settings.data_dir) / "official_pages.yml")
        links = channel_links(settings.official_channel_links)
    except (OfficialPagesError, ChannelLinksError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    steps = sum(len(guide.steps) for guide in book.guides.values())
    console.print(
        f"{len(book.guides)} hướng dẫn, {steps} bước; {len(pages)} trang chính thức; {len(links)} liên kết kênh.", highlight=False
    )
