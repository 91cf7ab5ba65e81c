"""Lines: widgets that make each of their lines themselves, and none anew that is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.geometry import Size
from textual.widget import Widget

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Region
    from textual.strip import Strip
    from typing_extensions import Self


class Lines(Widget):
    """A widget that is nothing but its lines: no border, no padding, and styled to the end.

    Textual dresses the lines of a widget whenever one has changed, and works styles out as often
    as they are asked for: with a look each second, that was most of a look. Here a line is made
    when it is refreshed, goes to the screen as it is, and styles are kept until the app's change.
    """

    def __init__(self, *children: Widget, **more: Any) -> None:
        """Begin with nothing made."""
        self._known: dict[str, Style] = {}
        self._made: dict[int, Strip] = {}
        self._made_for = Size()
        super().__init__(*children, **more)

    def notify_style_update(self) -> None:
        """Forget what was made by the styles of before."""
        self._known.clear()
        self._made.clear()
        super().notify_style_update()

    def refresh(self, *regions: Region, **more: Any) -> Self:
        """Make lines anew: those of the regions, all where there is none."""
        for region in regions:
            for y in region.line_range:
                self._made.pop(y, None)
        if not regions:
            self._made.clear()
        return super().refresh(*regions, **more)

    @property
    def plain(self) -> Style:
        """The widget's own style."""
        found = self._known.get("")
        if found is None:
            found = self._known[""] = self.rich_style
        return found

    def style_of(self, part: str) -> Style:
        """Return what the style of a part has that the widget's own has not."""
        found = self._known.get(part)
        if found is None:
            found = self._known[part] = self.get_component_rich_style(part, partial=True)
        return found

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines within a part of the widget."""
        size = self.size
        if self._made_for != size:
            self._made_for = size
            self._made.clear()
        filters = self.get_line_filters()
        background = self.background_colors[1]
        strips = []
        for y in crop.line_range:
            strip = self._made.get(y)
            if strip is None:
                strip = self._made[y] = self.render_line(y)
            for each in filters:
                strip = strip.apply_filter(each, background)
            if crop.column_span != (0, strip.cell_length):
                strip = strip.crop_extend(*crop.column_span, self.plain)
            strips.append(strip)
        return strips
