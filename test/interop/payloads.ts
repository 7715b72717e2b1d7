/** Payloads both sides must carry whole. */

export interface PayloadCase {
  readonly name: string
  /** What is sent; the other side must hear the same. */
  readonly payload: unknown
}

/** JSON values that mean the same in both languages. */
export const payloads: readonly PayloadCase[] = [
  { name: 'an empty object', payload: {} },
  { name: 'null', payload: null },
  { name: 'an empty list', payload: [] },
  { name: 'a list', payload: [1, 'two', { three: 3.5 }, null, false] },
  { name: 'a text', payload: 'a text' },
  { name: 'an empty text', payload: '' },
  { name: 'zero', payload: 0 },
  { name: 'false', payload: false },
  { name: 'the largest safe integers', payload: { high: 2 ** 53 - 1, low: -(2 ** 53 - 1) } },
  { name: 'floating point', payload: { a: 0.1, b: 1e-300, c: 1.7976931348623157e308, d: -2.5 } },
  {
    name: 'text of many scripts',
    payload: {
      display_name: 'sèrveur 测试 🚀 Ω שלום',
      'clé 键 🔑': 'v',
      combining: 'e\u0301',
      family: '👩‍👩‍👧‍👦',
    },
  },
  { name: 'signs that JSON escapes', payload: { a: '"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028\u2029' } },
  { name: 'JSON in JSON in JSON', payload: { a: JSON.stringify({ b: JSON.stringify({ c: '"' }) }) } },
  {
    name: 'what looks like an envelope',
    payload: { 'oslo.version': '2.0', 'oslo.message': '{}', _unique_id: 'x', _context_a: 1 },
  },
  {
    name: 'keys that JavaScript has plans for',
    payload: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": 3}'),
  },
  { name: 'deep nesting', payload: nested(60) },
  {
    name: 'an object of 2,000 keys',
    payload: Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`key${n}`, n])),
  },
  { name: 'one MiB of text', payload: { text: 'ü0123456789abcde'.repeat(64 * 1024) } },
]

function nested(depth: number): unknown {
  return depth === 0 ? ['leaf', null] : { [`level${depth}`]: [nested(depth - 1)] }
}
