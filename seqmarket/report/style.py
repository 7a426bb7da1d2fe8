"""How a page looks: one style sheet for light and dark, wide and narrow, and the colours of bundles.

The colours are Okabe's and Ito's, which people with any of the common kinds of colour blindness tell apart; no meaning rests on colour alone.
"""

from __future__ import annotations

PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
"""Fills of bundles."""
INK_ON = {"#0072B2": "#ffffff"}
"""The colour of text on a fill, where it isn't black."""
BLACK = "#000000"

STYLE = """
:root { --page: #fbfaf8; --card: #ffffff; --ink: #1b1b1f; --soft: #5c5c66; --line: #d9d7d2; --unsold: #e4e2dd; --bar: #0072B2; --mark: #b34700; --good: #00694d; --bad: #a03400;
  color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --page: #141417; --card: #1e1e23; --ink: #ececf1; --soft: #a5a5b2; --line: #3a3a42; --unsold: #33333b;
  --bar: #56B4E9; --mark: #f0a35e; --good: #4fd1a8; --bad: #ff9a62; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; margin: 0 0 0.6rem; } h3 { font-size: 1rem; margin: 0.6rem 0 0.2rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 1rem; margin: 1rem 0; }
p { margin: 0.4rem 0; } .soft { color: var(--soft); font-size: 0.875rem; }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0.05rem 0.7rem; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.6rem 1.2rem; margin: 0.6rem 0; }
.facts dt { color: var(--soft); font-size: 0.8rem; } .facts dd { margin: 0; overflow-wrap: anywhere; } .facts div { min-width: 0; }
.mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; font-size: 0.85em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.3rem 0.5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: 0.8rem; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.won { background: color-mix(in srgb, var(--good) 12%, transparent); }
.swatch { display: inline-block; min-width: 1.6em; padding: 0 0.3em; border-radius: 0.25rem; text-align: center; font-weight: 600; font-size: 0.85em; }
svg { display: block; width: 100%; height: auto; } svg text { font-family: inherit; fill: var(--ink); } svg .axis { fill: var(--soft); }
.mosaic, .chart { margin: 0 auto; } .chart { max-width: 34rem; } .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
details { margin: 0.6rem 0; } summary { cursor: pointer; color: var(--soft); padding: 0.2rem 0; }
@media (max-width: 40rem) {
  main { padding: 0.5rem; } section { padding: 0.75rem; } .facts { grid-template-columns: 1fr 1fr; font-size: 0.875rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; } tr { display: grid; grid-template-columns: repeat(3, 1fr); border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
  td { display: block; border: 0; padding: 0.1rem 0.3rem; min-width: 0; overflow-wrap: anywhere; } td.n { text-align: left; font-size: 0.8rem; white-space: normal; } td.w { grid-column: 1 / -1; }
  td::before { content: attr(data-label); display: block; color: var(--soft); font-size: 0.75rem; }
}
@media print { details { display: block; } }
"""


def ink_on(fill: str) -> str:
    """The colour of text on a fill of PALETTE."""
    return INK_ON.get(fill, BLACK)
