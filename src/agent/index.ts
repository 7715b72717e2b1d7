/** The door `tocsin/agent`: notifications to samples and events, through pipelines to publishers. */

export type {
  AgentConfig,
  DefinitionSource,
  EventSettings,
  PipelineDefinition,
  PublishingOptions,
} from './config/agent-config.js'
export { checkConfiguration } from './config/check.js'
export type { Compatibility } from './config/compatibility.js'
export { type Conversion, convertLine } from './convert/conversion.js'
export { type ConversionOptions, type LoadedConversion, loadConversion } from './convert/load.js'
export type { DefinitionFile } from './definitions/source.js'
export type { Event, Trait, TraitType, TraitValue } from './event.js'
export {
  EventConverter,
  type EventDefinition,
  type EventDefinitionConfig,
  type EventDrop,
  type EventDropCode,
  type EventOptions,
  type EventSource,
  type EventTrait,
  type LoadedEvents,
  loadEvents,
  shippedEvents,
  type TraitConfig,
  type TraitConfigs,
  type TypedTraitConfig,
} from './events/index.js'
export {
  CLASSIC_HANDLERS,
  type ClassicOptions,
  classicHandler,
  DEFAULT_HANDLERS,
  METRIC_HANDLERS,
} from './handlers/classic.js'
export type {
  NotificationPlugin,
  PluginConfig,
  PluginReport,
  ReservedMetadata,
  SampleDraft,
} from './handlers/plugin.js'
export type { MeterCompatibility } from './meters/compatibility.js'
export { createMeterConverter, type MeterConverter } from './meters/converter.js'
export type { MeterDefinition } from './meters/definition.js'
export { ConversionFailure } from './meters/failure.js'
export { type LoadedMeters, loadMeters, type MeterSource } from './meters/load.js'
export type {
  DropCode,
  IdentityNames,
  MeterOptions,
  MeterReport,
  ReservedUserMetadata,
} from './meters/options.js'
export { SHIPPED_METERS } from './meters/shipped.js'
export type { FieldConfig, MeterConfig } from './meters/shipped-config.js'
export { VERSIONED_METERS } from './meters/shipped-versioned.js'
export type { AgentNotification } from './notification.js'
export { Partitioning, type PartitioningStats, type PartitionOptions } from './partition/partitioning.js'
export type { Match } from './path/compiled-path.js'
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
export { traitPlugins } from './plugins/index.js'
export {
  InvalidPluginParameters,
  type PluginComplaint,
  type PluginComplaintCode,
  type TraitPlugin,
  type TraitPluginFactory,
} from './plugins/plugin.js'
export { describeProblem, type Problem } from './problem.js'
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
  type AgentEvents,
  type AgentOptions,
  NotificationAgent,
  type ReloadOutcome,
} from './service/agent.js'
export type { AgentState, AgentStatus } from './service/agent-status.js'
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
