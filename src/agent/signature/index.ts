export {
  type EventMessage,
  eventMessage,
  type MeteringMessage,
  type MeteringMessageOptions,
  meteringMessage,
} from './messages.js'
export { type SignatureOptions, sign, verify } from './signature.js'
export type { ListForm } from './signed-text.js'
