/** A JSONPath, read. source: jsonpath-rw and its extensions, as Ceilometer's definition files use them */

/** A part of a path that finds something. */
export type Node =
  | { readonly kind: 'root' | 'this' | 'parent' | 'length' }
  /** `*` among the names stands for all members. */
  | { readonly kind: 'fields'; readonly names: readonly string[] }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start?: number; readonly end?: number }
  | {
      readonly kind: 'child' | 'descendants' | 'where' | 'union' | 'intersection'
      readonly left: Node
      readonly right: Node
    }
  | { readonly kind: 'filter'; readonly tests: readonly Test[] }
  | { readonly kind: 'sorted'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'split'; readonly separator: string; readonly segment: number; readonly most: number }
  /** `replace` gives its argument back where nothing was replaced. */
  | { readonly kind: 'substitution'; readonly replace: (text: string) => string }
  | { readonly kind: 'operation'; readonly sign: Sign; readonly left: Operand; readonly right: Operand }

/** Division does not exist. */
export type Sign = '+' | '-' | '*'

/** What stands beside a sign. */
export type Operand = Node | Literal

/** A float keeps that it is one: 2.0 times an integer is a float however large. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: string | number | bigint
  readonly isFloat: boolean
}

/** One condition of a filter; without an operator, that the path finds anything. */
export interface Test {
  readonly path: Node
  readonly comparison?: {
    readonly sign: ComparisonSign
    readonly value: string | number | bigint | boolean
    readonly isFloat: boolean
  }
}

/** `~`: a regular expression that matches from the start. */
export type ComparisonSign = '=' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '~'

/** What lists are sorted by. */
export interface SortKey {
  readonly path: Node
  readonly isDescending: boolean
}
