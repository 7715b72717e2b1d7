/** Bars as SVG, without dependencies: panels side by side with one row for each contender, and a whisker from the least to the most. */

import { number } from './words.mjs'

const LEFT = 262
const PANEL = 270
const GAP = 90
const ROW = 24
const BAR = 14
const TOP = 84
const BOTTOM = 18

/** On a ground of its own, so that it reads on a page of either colour. */
const LIGHT = { ground: '#ffffff', ink: '#1f2328', soft: '#59636e', ours: '#1f6feb', theirs: '#aeb7c2' }
const DARK = { ground: '#14181d', ink: '#e6edf3', soft: '#9aa5b1', ours: '#6cb0ff', theirs: '#4a5663' }

/** Colours as plain rules, not as custom properties: not every program that draws SVG knows those. */
const colours = ({ ground, ink, soft, ours, theirs }) =>
  `.ground { fill: ${ground} } text { fill: ${soft} } .title, .panel, .name { fill: ${ink} } ` +
  `.ours { fill: ${ours} } .theirs { fill: ${theirs} } .whisker { stroke: ${ink} }`

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif }
  .title { font-size: 17px; font-weight: 600 } .panel { font-size: 13px; font-weight: 600 } .whisker { stroke-width: 1.2; opacity: 0.6 }
  ${colours(LIGHT)}
  @media (prefers-color-scheme: dark) { ${colours(DARK)} }`

/**
 * @typedef {{ label: string, isOurs: boolean, values: readonly ({ median: number, min: number, max: number } | undefined)[] }} Row
 *   a value for each panel
 * @param {{ title: string, panels: readonly string[], rows: readonly Row[] }} picture
 * @returns {string} the SVG document
 */
export function bars({ title, panels, rows }) {
  const width = LEFT + panels.length * (PANEL + GAP)
  const height = TOP + rows.length * ROW + BOTTOM
  const scales = panels.map((_panel, index) =>
    Math.max(...rows.map(({ values }) => values[index]?.max ?? 0), Number.MIN_VALUE),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    text({ x: 20, y: 32, kind: 'title' }, title),
    ...panels.map((panel, index) => text({ x: leftOf(index), y: TOP - 14, kind: 'panel' }, panel)),
    ...rows.flatMap((row, place) => drawRow(row, { y: TOP + place * ROW, scales })),
    '</svg>\n',
  ].join('\n')
}

function drawRow({ label, isOurs, values }, { y, scales }) {
  const middle = y + BAR / 2
  return [
    text({ x: LEFT - 10, y: middle + 4, kind: 'name', anchor: 'end' }, label),
    ...values.flatMap((value, index) => {
      if (value === undefined) return []
      const left = leftOf(index)
      const x = (amount) => round(left + (amount / scales[index]) * PANEL)
      return [
        `<rect class="${isOurs ? 'ours' : 'theirs'}" x="${left}" y="${y}" width="${round(Math.max(1, x(value.median) - left))}" height="${BAR}" rx="2"/>`,
        `<line class="whisker" x1="${x(value.min)}" x2="${x(value.max)}" y1="${middle}" y2="${middle}"/>`,
        text({ x: x(value.max) + 6, y: middle + 4 }, number(value.median)),
      ]
    }),
  ]
}

const leftOf = (panel) => LEFT + panel * (PANEL + GAP)

function text({ x, y, kind, anchor = 'start' }, content) {
  const style = kind === undefined ? '' : ` class="${kind}"`
  return `<text${style} x="${x}" y="${y}" text-anchor="${anchor}">${escape(content)}</text>`
}

const round = (value) => Math.round(value * 10) / 10

function escape(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
