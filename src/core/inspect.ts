import { inspect } from 'node:util'

/**
 * What `console.log` shows of a class's instances. Defined on the prototype from outside, since a computed method name such as
 * `[inspect.custom]` can't be written with isolated declarations.
 */
export function inspectAs<T extends object>(
  type: { readonly prototype: T },
  print: (value: T) => string,
): void {
  Object.defineProperty(type.prototype, inspect.custom, {
    value(this: T): string {
      return print(this)
    },
    configurable: true,
  })
}
