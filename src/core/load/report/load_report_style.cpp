#include "core/load/report/load_report_style.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "core/runtime/text.h"

namespace mscomm::report {
namespace {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest.data()), size});
}

// The colours are Okabe and Ito's, which people with any kind of colour vision tell apart, made
// darker or lighter for contrast; dashes and words say the same again.
constexpr std::string_view kStyle = R"css(
:root {
  --page: #fff; --text: #1c2127; --quiet: #5b6570; --line: #e3e6ea; --shade: #f6f7f9;
  --one: #0072b2; --two: #b36b00; --good: #0072b2; --bad: #d55e00; --fine: #00704f; --alarm: #b03a00;
  --redirect: #4f9fc8; --client: #c98a00; --none: #6b7480;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --text: #e6e9ed; --quiet: #9aa4af; --line: #2c3238; --shade: #1c2025;
    --one: #56b4e9; --two: #e69f00; --good: #3d94c9; --bad: #f0803c; --fine: #3cc79a; --alarm: #ff9a5c;
    --redirect: #8acbf0; --client: #e6b422; --none: #8a939d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 3rem; max-width: 70rem; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  -webkit-text-size-adjust: 100%;
}
h1 { margin: 0 0 .35rem; font-size: 1.5rem; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; }
h1 span { color: var(--quiet); font-weight: 400; }
h2 { margin: 2.75rem 0 .9rem; font-size: 1.1rem; font-weight: 600; }
h3 { margin: 0; font-size: .95rem; font-weight: 600; }
p { margin: .35rem 0; }
header p, .note, figcaption p, footer { color: var(--quiet); }
.badges { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.badges li {
  padding: .2rem .8rem; border: 1.5px solid; border-radius: 1rem; font-weight: 600; font-size: .9rem;
}
.badges .fine { color: var(--fine); }
.badges .alarm { color: var(--alarm); }
.badges .none { color: var(--quiet); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1.1rem 1.5rem; margin: 0; }
dl + h3 { margin: 1.6rem 0 .6rem; }
dl div { border-top: 2px solid var(--line); padding-top: .45rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-size: 1.45rem; line-height: 1.3; font-variant-numeric: tabular-nums; white-space: nowrap; }
dd small { font-size: .85rem; color: var(--quiet); }
dd.alarm, dd.alarm small, td.alarm { color: var(--alarm); }
td.fine { color: var(--fine); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 400; }
td { overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-size: .85rem; }
.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
th:last-child, td:last-child { padding-right: 0; }
.narrow { max-width: 40rem; }
.times { margin-top: 1.6rem; }
.grid2 { display: grid; grid-template-columns: minmax(0, 1fr); column-gap: 3rem; }
.grid2 figure + figure { margin-top: 2.25rem; }
@media (min-width: 56rem), print {
  .grid2 { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .grid2 figure + figure { margin-top: 0; }
}
figure { margin: 0; }
figure.wide { margin-top: 2.25rem; }
h2 + figure.wide { margin-top: 0; }
.grid2 + .note { margin-top: 1rem; }
figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; align-items: baseline; }
figcaption p { margin: 0; font-size: .85rem; }
.legend { display: flex; gap: 1rem; margin: 0; padding: 0; list-style: none; font-size: .85rem; color: var(--quiet); }
.legend li::before {
  content: ""; display: inline-block; width: 1.4em; margin-right: .45em; vertical-align: middle;
  border-top: 2px solid var(--one);
}
.legend .two::before { border-top: 2px dashed var(--two); }
.legend .good::before, .legend .bad::before { width: .8em; border-top: .8em solid var(--good); }
.legend .bad::before { border-top-color: var(--bad); }
.plot { position: relative; padding: 44px 14px 44px 48px; }
.plot > svg { display: block; width: 100%; height: 210px; overflow: visible; }
.wide .plot > svg { height: 180px; }
.plot svg svg { overflow: visible; }
.plot path { vector-effect: non-scaling-stroke; fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: butt; }
path.one { stroke: var(--one); }
path.two { stroke: var(--two); stroke-dasharray: 7 3; }
.wide path.two { stroke-dasharray: none; stroke-width: 1.5; }
.wide .legend .two::before { border-top-style: solid; }
.plot path.good { fill: var(--good); }
.plot path.bad { fill: var(--bad); }
.grid line { stroke: var(--line); shape-rendering: crispEdges; }
.plot text { font-size: 12px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
line.mark { stroke: var(--text); stroke-dasharray: 2 3; opacity: .7; }
.plot text.mark { fill: var(--text); paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
line.pointer { stroke: var(--quiet); }
.plot p { position: absolute; top: 16px; right: 14px; margin: 0; font-size: 12px; font-variant-numeric: tabular-nums; }
.bars tbody th { min-width: 6.5rem; overflow-wrap: anywhere; }
.bars th:nth-child(2) { width: 100%; }
.bars td:nth-child(2) { padding-top: .75rem; }
.bars svg { display: block; width: 100%; min-width: 3rem; height: .8rem; }
rect.good { fill: var(--good); }
rect.redirect { fill: var(--redirect); }
rect.client { fill: var(--client); }
rect.bad { fill: var(--bad); }
rect.none { fill: var(--none); }
.sample { margin: 1.25rem 0 0; }
.sample h3 span { color: var(--quiet); font-weight: 400; }
.sample p { overflow-wrap: anywhere; }
pre {
  margin: .5rem 0 0; padding: .75rem 1rem; background: var(--shade); border-left: 3px solid var(--line);
  font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
footer { margin-top: 3rem; font-size: .85rem; }
@media (max-width: 30rem), print {
  .plot text.spare { display: none; }
}
@media (max-width: 30rem) {
  body { padding-top: 1.5rem; }
  h1 { font-size: 1.2rem; }
  .bars { font-size: .85rem; }
  th.number { white-space: normal; }
}
@page { size: A4; margin: 14mm; }
@media print {
  :root { font-size: 12px; }
  body { padding: 0; max-width: none; font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .plot text, .plot p { font-size: 10px; }
  h2 { margin-top: 1.5rem; break-after: avoid; }
  dl { grid-template-columns: repeat(6, 1fr); }
  dd { font-size: 1.2rem; }
  .plot { padding-top: 34px; }
  .plot > svg { height: 150px; }
  figure, tr, dl, .sample { break-inside: avoid; }
}
)css";

constexpr std::string_view kScript = R"js(
'use strict';
for (const plot of document.querySelectorAll('.plot[data-texts]')) {
  const svg = plot.querySelector('svg');
  const texts = plot.dataset.texts.split('|');
  const slice = Number(plot.dataset.slice);
  const words = plot.appendChild(document.createElement('p'));
  const line = document.createElementNS(svg.namespaceURI, 'line');
  line.setAttribute('class', 'pointer');
  line.setAttribute('y2', '100%');
  plot.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    const at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.99999) * 1000;
    const index = Math.min(Math.floor(at / slice), texts.length - 1);
    const x = Math.min((index + 0.5) * slice, 1000) / 10 + '%';
    words.textContent = texts[index];
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    svg.append(line);
  });
  plot.addEventListener('pointerleave', () => {
    words.textContent = '';
    line.remove();
  });
}
)js";

}  // namespace

std::string_view style_sheet() { return kStyle; }

std::string_view script() { return kScript; }

std::string content_security_policy() {
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; "
      "form-action 'none'",
      sha256(kScript), sha256(kStyle));
}

}  // namespace mscomm::report
