/** The door `tocsin/agent`: notifications to samples and events, through pipelines to publishers. */

export type { Event, Trait, TraitType, TraitValue } from './event.js'
export type { AgentNotification } from './notification.js'
export { TestPublisher } from './publishers/memory.js'
export { PublishFailure } from './publishers/publish-failure.js'
export type { Publisher, PublisherStats } from './publishers/publisher.js'
export type { PublisherContext, PublisherSurroundings } from './publishers/publisher-context.js'
export type { PublisherURL } from './publishers/publisher-url.js'
export {
  makePublisher,
  type PublisherFactory,
  publisherSchemes,
  registerPublisher,
} from './publishers/registry.js'
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
