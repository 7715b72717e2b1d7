/** The door `tocsin/agent`: notifications to samples and events, through pipelines to publishers. */

export type { Event, Trait, TraitType, TraitValue } from './event.js'
export type { AgentNotification } from './notification.js'
export type { Publisher } from './publishers/publisher.js'
export type { Sample, SampleType } from './sample.js'
export {
  type EventMessage,
  eventMessage,
  type ListForm,
  type MeteringMessage,
  type MeteringMessageOptions,
  meteringMessage,
  type SignatureOptions,
  sign,
  verify,
} from './signature/index.js'
