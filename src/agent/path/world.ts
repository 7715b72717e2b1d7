/** What flows through the steps of a path: bare values where only they are wanted, or values that know where they were found. */

/** What steps ask of a datum, whatever it is. */
export interface World<D> {
  readonly read: (datum: D) => unknown
  /** A member or item of `datum`. */
  readonly inner: (datum: D, value: unknown, place: string | number) => D
  /** A value that was made and not found, so that it stands nowhere. */
  readonly made: (value: unknown) => D
  /** Undefined at the top. */
  readonly outer: (datum: D) => D | undefined
  readonly top: (datum: D) => D
}

/** `outer` and `top` are never asked: see `needsPlaces`. */
export const bareValues: World<unknown> = {
  read: (datum) => datum,
  inner: (_datum, value) => value,
  made: (value) => value,
  outer: () => undefined,
  top: (datum) => datum,
}

/** A value that knows where it was found. */
export interface Placed {
  readonly value: unknown
  readonly outer: Placed | undefined
  /** Name of the member or index of the item in `outer`; of no account at the top. */
  readonly place: string | number
}

/** For plugins, `parent`, and `$` in the middle of a path. */
export const placedValues: World<Placed> = {
  read: (datum) => datum.value,
  inner: (outer, value, place) => ({ value, outer, place }),
  made: (value) => ({ value, outer: undefined, place: '' }),
  outer: (datum) => datum.outer,
  top(datum) {
    let top = datum
    while (top.outer !== undefined) top = top.outer
    return top
  },
}

/** What stands for a notification, a bitfield's flags and all: `payload.items.[0].name`. */
export function writePlace(datum: Placed): string {
  const places: string[] = []
  for (let at: Placed = datum; at.outer !== undefined; at = at.outer)
    places.push(typeof at.place === 'number' ? `[${at.place}]` : at.place)
  return places.reverse().join('.')
}
