"""The viewfinder: the camera's live picture, the code it found, or what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.status import CameraState, CameraStatus
from kiosk.ui.camera_texts import camera_text
from kiosk.ui.icons import paint_icon
from kiosk.ui.language import translate
from kiosk.ui.ports import Preview, PreviewSource
from kiosk.ui.theme import Theme, View

FRAME_SHARE = 0.74  # of the picture's height: where a code is best held


class Viewfinder(View):
    """Paints straight from the shared picture; only when there is a new one."""

    def __init__(
        self, theme: Theme, source: PreviewSource | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._source = source
        self._preview: Preview | None = None
        self._camera = CameraStatus(CameraState.STARTING)
        self._busy = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.reword()

    def refresh(self) -> None:
        """Take the newest picture, if there is one; called at the preview's rate."""
        if self._source is None or not self.isVisible():
            return
        preview = self._source.latest_preview()
        shown = self._preview.frame if self._preview is not None else None
        if preview is not None and preview.frame != shown:
            self._preview = preview
            if self._camera.state is CameraState.LIVE:
                self.update()

    @property
    def has_picture(self) -> bool:
        """Whether the camera delivers."""
        return self._camera.state is CameraState.LIVE and self._preview is not None

    def show_camera(self, camera: CameraStatus) -> None:
        """How the camera does."""
        if camera != self._camera:
            self._camera = camera
            self.reword()

    def show_busy(self, busy: bool) -> None:
        """Say that a code is being judged."""
        if busy != self._busy:
            self._busy = busy
            self.reword()

    def reword(self) -> None:
        if self._camera.state is CameraState.LIVE:
            self.setAccessibleName(self._hint())
        else:
            self.setAccessibleName(" ".join(camera_text(self._camera)))
        self.update()

    def _hint(self) -> str:
        if self._busy:
            return translate("Viewfinder", "Checking the code…")
        if self._preview is not None and self._preview.quad is not None:
            return translate("Viewfinder", "Code found")
        return translate("Viewfinder", "Hold the pickup code into the frame")

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.skin.colour("lens"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._camera.state is CameraState.LIVE and self._preview is not None:
            self._paint_picture(painter, self._preview)
        else:
            self._paint_state(painter)
        self._paint_corners(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, preview: Preview) -> None:
        image = QImage(
            preview.pixels,
            preview.width,
            preview.height,
            preview.width * 3,
            QImage.Format.Format_RGB888,
        )
        scale = max(self.width() / preview.width, self.height() / preview.height)
        shown = QRectF(0, 0, preview.width * scale, preview.height * scale)
        shown.moveCenter(QRectF(self.rect()).center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(shown, image)
        if preview.quad is not None:
            corners = [
                QPointF(shown.x() + x * scale, shown.y() + y * scale) for x, y in preview.quad
            ]
            self._paint_found(painter, corners)
        else:
            self._paint_aim(painter)
        self._paint_hint(painter)

    def _paint_found(self, painter: QPainter, corners: list[QPointF]) -> None:
        outline = QPolygonF(corners)
        for colour, width in (("accent", 7), ("on_lens", 3)):
            pen = QPen(self.skin.colour(colour), self.skin.px(width))
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(outline)

    def _paint_aim(self, painter: QPainter) -> None:
        side = min(self.height(), self.width()) * FRAME_SHARE
        frame = QRectF(0, 0, side, side)
        frame.moveCenter(QRectF(self.rect()).center())
        arm, radius = side * 0.16, self.skin.px(14)
        path = QPainterPath()
        for x, y, dx, dy in (
            (frame.left(), frame.top(), 1, 1),
            (frame.right(), frame.top(), -1, 1),
            (frame.right(), frame.bottom(), -1, -1),
            (frame.left(), frame.bottom(), 1, -1),
        ):
            path.moveTo(x, y + dy * arm)
            path.lineTo(x, y + dy * radius)
            path.quadTo(x, y, x + dx * radius, y)
            path.lineTo(x + dx * arm, y)
        shadow = QColor(0, 0, 0, 90)
        for colour, width in ((shadow, 6), (self.skin.colour("on_lens"), 4)):
            pen = QPen(colour, self.skin.px(width))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.strokePath(path, pen)

    def _paint_hint(self, painter: QPainter) -> None:
        painter.setFont(self.skin.font("label", "strong"))
        text = self._hint()
        width = painter.fontMetrics().horizontalAdvance(text) + self.skin.px(32)
        height = painter.fontMetrics().height() + self.skin.px(12)
        pill = QRectF(
            (self.width() - width) / 2, self.height() - height - self.skin.px(12), width, height
        )
        background = self.skin.colour("lens")
        background.setAlpha(215)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(background)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(self.skin.colour("on_lens"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_state(self, painter: QPainter) -> None:
        title, advice = camera_text(self._camera)
        starting = self._camera.state in {CameraState.STARTING, CameraState.LIVE}
        size, gap = self.skin.px(40), self.skin.px(10)
        across = QRectF(self.rect()).adjusted(gap * 3, 0, -gap * 3, 0)
        wrap = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        strong, plain = self.skin.font("title", "strong"), self.skin.font("label")
        painter.setFont(strong)
        title_height = painter.boundingRect(across, wrap, title).height()
        painter.setFont(plain)
        advice_height = painter.boundingRect(across, wrap, advice).height() if advice else 0.0
        top = max(gap, (self.height() - size - title_height - advice_height - 2 * gap) / 2)
        paint_icon(
            painter,
            QRectF((self.width() - size) / 2, top, size, size),
            "camera" if starting else "camera-off",
            self.skin.palette.on_lens_soft,
        )
        top += size + gap
        painter.setFont(strong)
        painter.setPen(self.skin.colour("on_lens"))
        painter.drawText(QRectF(across.x(), top, across.width(), title_height), wrap, title)
        top += title_height + gap
        painter.setFont(plain)
        painter.setPen(self.skin.colour("on_lens_soft"))
        painter.drawText(QRectF(across.x(), top, across.width(), advice_height), wrap, advice)

    def _paint_corners(self, painter: QPainter) -> None:
        """Round corners: cheaper than clipping every picture, and with smooth edges."""
        radius = self.skin.px(self.skin.tokens.radius.large)
        whole, inner = QPainterPath(), QPainterPath()
        whole.addRect(QRectF(self.rect()))
        inner.addRoundedRect(QRectF(self.rect()), radius, radius)
        painter.fillPath(whole.subtracted(inner), self.skin.colour("canvas"))
