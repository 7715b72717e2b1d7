/** The door `tocsin/agent`: notifications to samples and events, through pipelines to publishers. */

export type { Event, Trait, TraitType, TraitValue } from './event.js'
export type { AgentNotification } from './notification.js'
export type { OutletStats, PipelineStats, PipelinesStats, SinkStats } from './pipeline/counters.js'
export {
  type LoadedPipelines,
  loadEventPipelines,
  loadSamplePipelines,
  type PipelineOptions,
} from './pipeline/load.js'
export type { Pipeline } from './pipeline/pipeline.js'
export type { Pipelines, PublishOptions } from './pipeline/pipelines.js'
export type { OriginalError, PipelineProblem } from './pipeline/problem.js'
export type { Delivery } from './pipeline/sections.js'
export { type LostDelivery, SinkFailure } from './pipeline/sink-failure.js'
export { type VolumeFault, volumeOf } from './pipeline/volume.js'
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
export type { Parameters } from './transformers/parameters.js'
export {
  type Moment,
  type Transformer,
  type TransformerContext,
  type TransformerFactory,
  TransformFailure,
} from './transformers/transformer.js'
