"""Curves as SVG: as much as a measurement needs."""

import math

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 420, 60, 46, 40, 170
COLOURS = ["#1b6ca8", "#c0392b", "#27823b", "#8e44ad", "#b9770e", "#2c3e50", "#d35400", "#16a085"]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def write(path, title, curves, y_range, y_label, x_label="Hz", dashed=()):
    """Curves are (name, [(x, y)...]); x is logarithmic."""
    xs = [x for _, points in curves for x, _ in points]
    low, high = math.log10(min(xs)), math.log10(max(xs))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        right = LEFT + width * (math.log10(x) - low) / (high - low)
        up = (min(max(y, y_range[0]), y_range[1]) - y_range[0]) / (y_range[1] - y_range[0])
        return f"{right:.1f},{TOP + height * (1 - up):.1f}"

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>']
    step = 10 ** math.floor(math.log10((y_range[1] - y_range[0]) / 2))
    while (y_range[1] - y_range[0]) / step > 9:
        step *= 2
    y = math.ceil(y_range[0] / step) * step
    while y <= y_range[1] + 1e-9:
        _, up = place(10**low, y).split(",")
        out.append(f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{up}" y2="{up}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{float(up) + 4:.1f}" text-anchor="end">{y:g}</text>')
        y += step
    for decade in range(math.floor(low), math.ceil(high) + 1):
        for digit in (1, 2, 5):
            x = digit * 10**decade
            if low - 1e-9 <= math.log10(x) <= high + 1e-9:
                right, _ = place(x, y_range[0]).split(",")
                out.append(f'<line x1="{right}" x2="{right}" y1="{TOP}" y2="{TOP + height}" stroke="#eee"/>')
                label = f"{x / 1000:g}k" if x >= 1000 else f"{x:g}"
                out.append(f'<text x="{right}" y="{TOP + height + 16}" text-anchor="middle">{label}</text>')
    out.append(f'<text x="{LEFT + width / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>')
    out.append(
        f'<text transform="translate(16 {TOP + height / 2}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>')
    for number, (name, points) in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="5 4"' if name in dashed else ""
        line = " ".join(place(x, y) for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>')
        at = TOP + 14 + 18 * number
        out.append(f'<line x1="{WIDTH - RIGHT + 12}" x2="{WIDTH - RIGHT + 36}" y1="{at - 4}" y2="{at - 4}" stroke="{colour}" stroke-width="2"{dash}/>')
        out.append(f'<text x="{WIDTH - RIGHT + 42}" y="{at}">{escape(name)}</text>')
    with open(path, "w") as file:
        file.write("\n".join(out + ["</svg>\n"]))
