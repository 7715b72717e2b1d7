/** Where samples differ from the original's, and how to have them as they were: docs/agent/compatibility.md has the rows. */
export interface MeterCompatibility {
  /** Row 1: whether a sample's user and project come from the context where the definition finds none. Default true. */
  readonly contextFallback: boolean
  /** Row 7: whether a name or unit that is no path (`%`, `GB hour`) stands for itself, or makes the definition invalid. Default true. */
  readonly literalTexts: boolean
  /** Row 10: whether an index on null and the like finds nothing, or costs all samples of the notification, and its event. Default true. */
  readonly lenientPaths: boolean
  /** Row 11: whether metadata that is 0, false, "" or empty is sent. Default false. */
  readonly falsyMetadata: boolean
  /** Row 11: what is sent where a metadata map finds nothing: the payload with `event_type` and `host`, or {}. Default `payload`. */
  readonly emptyMetadata: 'payload' | 'empty'
  /** Row 12: whether a sample whose name is not found is named after the expression, or dropped. Default false: dropped. */
  readonly rawNames: boolean
  /** Row 13: whether samples without a volume are made, for the pipeline to drop them. Default false. */
  readonly nullVolumes: boolean
  /** Row 14: whether a volume that is a number in quotes becomes one. Default true. */
  readonly numericTexts: boolean
}

/** The defaults. */
export const SUGGESTED_METERS: MeterCompatibility = {
  contextFallback: true,
  literalTexts: true,
  lenientPaths: true,
  falsyMetadata: false,
  emptyMetadata: 'payload',
  rawNames: false,
  nullVolumes: false,
  numericTexts: true,
}
