/** For the tests of programs that use this library (`tocsin/testing`). */
export { resetMemoryBrokers } from '../drivers/memory/driver.js'
export {
  type RecordedNotification,
  recordedNotifications,
  resetRecordedNotifications,
} from '../notify/drivers/test.js'
