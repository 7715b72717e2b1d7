/** The front door: every public name and nothing else. */

export type { DeadLetter, DeadLetters, Health, LinkState } from './core/driver.js'
export {
  ConfigurationError,
  ConnectionFailure,
  DriverLoadFailure,
  EndpointFailure,
  ExecutorLoadFailure,
  InvalidEndpoint,
  InvalidFilter,
  InvalidTarget,
  InvalidTransportURL,
  MessageDeliveryFailure,
  MessageUndeliverable,
  MessagingException,
  MessagingTimeout,
  NotOpen,
  ServerListenError,
  ShardFailure,
  UndecodableMessage,
  UnserializableMessage,
  UnsupportedFeature,
  ValidationFailure,
} from './core/errors.js'
export type { EventSource } from './core/events.js'
export type { Executor, ExecutorFactory, ExecutorOptions } from './core/executor.js'
export { JsonPayloadSerializer } from './core/json-payload-serializer.js'
export type { Logger } from './core/logger.js'
export { silentLogger } from './core/logger.js'
export type { RetryPolicy } from './core/retry.js'
export type { Context, Serializer } from './core/serializer.js'
export { NoOpSerializer } from './core/serializer.js'
export type { ListenerState, StartOptions, WaitOptions } from './core/server.js'
export { Target, type TargetOptions } from './core/target.js'
export { type TransportHost, TransportURL } from './core/url.js'
export { registerExecutor } from './executors/registry.js'
export {
  type WorkerEndpoint,
  type WorkerEndpointOptions,
  workerEndpoint,
} from './executors/worker-endpoint.js'
export type { WorkerPoolOptions } from './executors/worker-pool.js'
export type { EndpointStats } from './notify/bound-endpoint.js'
export { currentBatch, currentNotification } from './notify/context.js'
export type { Delivery } from './notify/delivery.js'
export {
  type BatchMethod,
  type BatchNotificationEndpoint,
  type BatchResult,
  type EventMap,
  type Metadata,
  type Notification,
  type NotificationArgs,
  type NotificationEndpoint,
  type NotificationMethod,
  NotificationResult,
  type OtherEventType,
  PRIORITIES,
  type Priority,
  type RejectResult,
  type RequeueResult,
  reject,
  requeue,
} from './notify/endpoint.js'
export type { WireNotification } from './notify/envelope.js'
export { type FilterFields, type FilterRule, NotificationFilter, type Pattern } from './notify/filter.js'
export type { ErrorSubject } from './notify/intake.js'
export {
  getBatchNotificationListener,
  getNotificationListener,
  type ListenerEvents,
  type ListenerStats,
  NotificationListener,
  type ShardStats,
} from './notify/listener.js'
export type { BatchListenerOptions, ListenerOptions } from './notify/listener-options.js'
export type { LogNotificationOptions } from './notify/log-notifications.js'
export {
  type NotificationStream,
  type NotificationTransport,
  notificationStream,
  notificationTransport,
  notifyingLogger,
} from './notify/logging-handler.js'
export {
  type ContextSource,
  Notifier,
  type NotifierContext,
  type NotifyArguments,
} from './notify/notifier.js'
export {
  type DriverNotifyOptions,
  type NotifierDriver,
  type NotifierDriverDependencies,
  type NotifierDriverFactory,
  type NotifyOptions,
} from './notify/notifier-driver.js'
export { registerNotifierDriver } from './notify/notifier-drivers.js'
export type { NotifierOptions, PrepareOptions } from './notify/notifier-options.js'
export type { RoutingConfig, RoutingEntry } from './notify/routing.js'
export type { PayloadSchema } from './notify/validation.js'
export { getTransport, registerDriver, Transport, type TransportOptions } from './transport.js'
