/** What flows through the steps of a path: bare values where only they are wanted, or values that know where they were found. */

export interface World<D> {
  readonly read: (datum: D) => unknown
  /** A member or item of `datum`. */
  readonly inner: (datum: D, value: unknown, place: string | number) => D
  /** A value that was made and not found, so that it stands nowhere. */
  readonly made: (value: unknown, label: string) => D
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

export interface Placed {
  readonly value: unknown
  readonly outer: Placed | undefined
  /** Name of the member or index of the item in `outer`; for one that stands nowhere, what made it. */
  readonly place: string | number
}

export const placedValues: World<Placed> = {
  read: (datum) => datum.value,
  inner: (outer, value, place) => ({ value, outer, place }),
  made: (value, place) => ({ value, outer: undefined, place }),
  outer: (datum) => datum.outer,
  top(datum) {
    let top = datum
    while (top.outer !== undefined) top = top.outer
    return { value: top.value, outer: undefined, place: '$' }
  },
}

/** What stands for a notification, a bitfield's flags and all: `payload.items.[0].name`. */
export function writePlace(datum: Placed): string {
  const places: string[] = []
  let at = datum
  for (; at.outer !== undefined; at = at.outer)
    places.push(typeof at.place === 'number' ? `[${at.place}]` : at.place)
  // The root and what was made of something say nothing of where.
  if (places.length === 0 || (at.place !== '`this`' && at.place !== '$')) places.push(String(at.place))
  return places.reverse().join('.')
}
