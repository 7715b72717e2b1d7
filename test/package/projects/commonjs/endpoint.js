const { threadId } = require('node:worker_threads')

module.exports = {
  info(_ctxt, _publisherId, _eventType, payload) {
    if (threadId === 0 || payload.instance_id !== 'I-1')
      throw new Error('not in a worker thread, or not our payload')
  },
}
