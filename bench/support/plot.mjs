/** Curves over time as SVG, without dependencies: panels one above the other with one time axis, and bands for what happened when. */

const WIDTH = 960
const LEFT = 64
const RIGHT = 172
const TOP = 108
const PANEL = 112
const GAP = 46
const BOTTOM = 44
/** Of the two rows of labels above the panels. */
const LABELS = 70
const LABEL_HEIGHT = 13

/** Drawn on a ground of its own, so that it reads on a page of either colour. Text wears ink; only lines and bands wear colours. */
const LIGHT = {
  ground: '#ffffff',
  ink: '#1f2328',
  soft: '#59636e',
  rule: '#d8dee4',
  band: '#f2c94c',
  lines: ['#1f6feb', '#c2570c', '#1a7f37', '#8250df'],
}
const DARK = {
  ground: '#14181d',
  ink: '#e6edf3',
  soft: '#9aa5b1',
  rule: '#2c343d',
  band: '#b08420',
  lines: ['#6cb0ff', '#ff9d57', '#56d364', '#c297ff'],
}

/** Colours as plain rules, not as custom properties: not every program that draws SVG knows those. */
function colours({ ground, ink, soft, rule, band, lines }) {
  return [
    `.ground { fill: ${ground} } text { fill: ${soft} } .title, .panel, .name { fill: ${ink} }`,
    `.rule { stroke: ${rule} } .band { fill: ${band} }`,
    ...lines.map((colour, index) => `.${LINES[index]} { stroke: ${colour} }`),
  ].join('\n  ')
}

const LINES = ['a', 'b', 'c', 'd']

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif }
  .title { font-size: 17px; font-weight: 600 } .panel { font-size: 13px; font-weight: 600 } .mark { font-size: 10px }
  .band { opacity: 0.35 } .line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
  .key { stroke-width: 4; stroke-linecap: round }
  ${colours(LIGHT)}
  @media (prefers-color-scheme: dark) {
  ${colours(DARK)}
  }`

/**
 * @typedef {{ label: string, points: readonly (readonly [time: number, value: number])[] }} Line
 * @typedef {{ title: string, lines: readonly Line[] }} Panel at most four lines
 * @typedef {{ from: number, to: number, label: string }} Band
 */

/**
 * @param {object} picture
 * @param {string} picture.title
 * @param {string} picture.subtitle
 * @param {number} picture.end the last time, in seconds; the first is 0
 * @param {readonly Panel[]} picture.panels
 * @param {readonly Band[]} picture.bands
 * @returns {string} the SVG document
 */
export function plot({ title, subtitle, end, panels, bands }) {
  const height = TOP + panels.length * (PANEL + GAP) + BOTTOM - GAP
  const x = (time) => LEFT + (time / end) * (WIDTH - LEFT - RIGHT)
  const foot = height - BOTTOM
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="8"/>`,
    text(LEFT, 28, title, 'title'),
    text(LEFT, 48, subtitle),
    ...drawBands(bands, { x, foot }),
    ...panels.flatMap((panel, index) => drawPanel(panel, { top: TOP + index * (PANEL + GAP), x, end })),
    ...ticks(end / 60, 10).map((minute) => text(x(minute * 60), foot + 18, minute, '', 'middle')),
    text((LEFT + WIDTH - RIGHT) / 2, foot + 36, 'minutes', '', 'middle'),
    '</svg>\n',
  ].join('\n')
}

function drawPanel({ title, lines }, { top, x, end }) {
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(([, value]) => value)))
  const rules = ticks(most * 1.08, 4)
  const scale = Math.max(most * 1.08, rules.at(-1))
  const y = (value) => top + PANEL - (value / scale) * PANEL
  return [
    text(LEFT, top - 8, title, 'panel'),
    ...rules.flatMap((value) => [
      `<line class="rule" x1="${LEFT}" x2="${round(x(end))}" y1="${round(y(value))}" y2="${round(y(value))}"/>`,
      text(LEFT - 8, y(value) + 4, value.toLocaleString('en'), '', 'end'),
    ]),
    ...lines.map(({ points }, index) => {
      const path = points.map(([time, value]) => `${round(x(time))},${round(y(value))}`).join(' ')
      return `<polyline class="line ${LINES[index]}" points="${path}"/>`
    }),
    ...legend(lines, { y, x: x(end) + 12, top }),
  ]
}

/** Names beside the ends of their lines, moved apart where they would cover each other. */
function legend(lines, { y, x, top }) {
  const named = lines
    .map(({ label, points }, index) => ({ label, index, at: y(points.at(-1)?.[1] ?? 0) }))
    .sort((one, other) => one.at - other.at)
  const step = 17
  named.forEach((one, place) => {
    one.at = Math.max(one.at, place === 0 ? top + 4 : named[place - 1].at + step)
  })
  for (let place = named.length - 1, lowest = top + PANEL; place >= 0; place -= 1, lowest -= step)
    named[place].at = Math.min(named[place].at, lowest)
  return named.flatMap(({ label, index, at }) => [
    `<line class="key ${LINES[index]}" x1="${round(x)}" x2="${round(x + 10)}" y1="${round(at)}" y2="${round(at)}"/>`,
    text(x + 18, at + 4, label, 'name'),
  ])
}

/** A label is left out where it would run into the one before. */
function drawBands(bands, { x, foot }) {
  const rows = [-Infinity, -Infinity]
  return bands.flatMap(({ from, to, label }) => {
    const [left, width] = [x(from), Math.max(1.5, x(to) - x(from))]
    const band = `<rect class="band" x="${round(left)}" y="${TOP - 20}" width="${round(width)}" height="${foot - TOP + 20}"/>`
    const row = rows.findIndex((taken) => taken <= left)
    if (row < 0) return [band]
    rows[row] = left + label.length * 5.6 + 4
    return [band, text(left, LABELS + row * LABEL_HEIGHT, label, 'mark')]
  })
}

/** Round numbers from 0 to `most`, about `count` of them. */
function ticks(most, count) {
  const rough = most / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough)
  return Array.from({ length: Math.floor(most / step) + 1 }, (_none, index) =>
    Number((index * step).toPrecision(6)),
  )
}

function text(x, y, content, kind = '', anchor = 'start') {
  const style = kind === '' ? '' : ` class="${kind}"`
  const place = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  return `<text${style} x="${round(x)}" y="${round(y)}"${place}>${escape(String(content))}</text>`
}

const round = (value) => Math.round(value * 10) / 10

function escape(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
