"""The other side of the interop tests: the real oslo.messaging, driven by JSON lines.

Standard input takes commands, one JSON object a line, each with an `id` and a `do`. Standard output gives one answer per command,
`{"id": .., "ok": <result>}` or `{"id": .., "error": <text>}`, and events that belong to no command:
`{"event": "call", ..}` for each call of an endpoint, `{"event": "log", ..}` for each warning or error oslo.messaging logs.

It ends by itself when standard input closes.
"""

import datetime
import json
import logging
import math
import os
import sys
import threading
import time
import uuid

import oslo_messaging
from oslo_config import cfg
from oslo_messaging import opts
from oslo_messaging.notify import dispatcher

PRIORITIES = ('audit', 'debug', 'info', 'warn', 'error', 'critical', 'sample')

out_lock = threading.Lock()
listeners = {}
errors_of = threading.local()


def say(message):
    # Escaped to ASCII: lone surrogates and line separators can't break the line.
    line = json.dumps(plain(message), default=repr) + '\n'
    with out_lock:
        sys.stdout.write(line)
        sys.stdout.flush()


class LogToEvents(logging.Handler):
    """oslo.messaging swallows what goes wrong and logs it: the log is part of what it does."""

    def emit(self, record):
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += ': %r' % (record.exc_info[1],)
        if record.levelno >= logging.ERROR and hasattr(errors_of, 'texts'):
            errors_of.texts.append(text)
        say({'event': 'log', 'level': record.levelname.lower(), 'logger': record.name, 'text': text})


# --- values that JSON has not ---------------------------------------------------------------------------------------------------------

def special(marked):
    """`{"$py": "datetime", "value": "2020-01-02T03:04:05.678901"}` and the like; everything else as it is."""
    kind = marked.get('$py')
    if kind is None:
        return marked
    value = marked.get('value')
    if kind == 'datetime':
        return datetime.datetime.fromisoformat(value)
    if kind == 'uuid':
        return uuid.UUID(value)
    if kind == 'float':
        return float(value)
    if kind == 'int':
        return int(value)
    if kind == 'text':
        return value['part'] * value['times']
    raise ValueError('unknown $py: %r' % kind)


class Context(object):
    """As a service's request context: what newer releases ask for, and the only kind they do not drop."""

    def __init__(self, values):
        self.values = values

    def to_dict(self):
        return dict(self.values)

    @classmethod
    def from_dict(cls, values):
        return cls(values)

    def redacted_copy(self):
        return Context({k: v for k, v in self.values.items() if k != 'auth_token'})


def context(values, kind):
    return Context(values) if kind == 'object' else values


def plain(value):
    """The reverse: numbers that JSON or a JavaScript number can't carry become marked objects."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {'$py': 'float', 'value': repr(value)}
    if isinstance(value, int) and abs(value) > 2 ** 53:
        return {'$py': 'int', 'value': str(value)}
    return value


# --- sending --------------------------------------------------------------------------------------------------------------------------

def transport_for(url, exchange):
    conf = cfg.ConfigOpts()
    conf(args=[], project='tocsin-interop', default_config_files=[], default_config_dirs=[])
    # The driver reads the default exchange once, when it is made.
    conf.register_opts(next(options for group, options in opts.list_opts() if group is None))
    conf.set_override('control_exchange', exchange)
    return oslo_messaging.get_notification_transport(conf, url)


def notify(command):
    """Sends `messages` in order with one notifier. The error is what the notifier logged, for it never raises."""
    errors_of.texts = []
    transport = transport_for(command['url'], command['exchange'])
    try:
        notifier = oslo_messaging.Notifier(
            transport,
            publisher_id=command.get('publisher_id'),
            driver=command.get('driver', 'messagingv2'),
            topics=command['topics'],
            retry=command.get('retry', 0),
        )
        for message in command['messages']:
            getattr(notifier, message['priority'])(
                context(message.get('ctxt', {}), message.get('ctxt_kind')),
                message['event_type'],
                message.get('payload'),
            )
    finally:
        transport.cleanup()
    if errors_of.texts:
        raise RuntimeError('the notifier logged: ' + ' | '.join(errors_of.texts))
    return {'sent': len(command['messages'])}


# --- listening ------------------------------------------------------------------------------------------------------------------------

class Behaviour(object):
    """What an endpoint does with an event type: `handle`, `requeue`, `raise`, each perhaps for the first `times` calls per message only."""

    def __init__(self, rules):
        self.rules = rules
        self.calls = {}
        self.lock = threading.Lock()

    def result(self, event_type, message_id):
        rule = self.rules.get(event_type) or self.rules.get('*') or {'then': 'handle'}
        with self.lock:
            earlier = self.calls.get(message_id, 0)
            self.calls[message_id] = earlier + 1
        if rule.get('sleep'):
            time.sleep(rule['sleep'])
        if rule['then'] == 'handle' or earlier >= rule.get('times', float('inf')):
            return oslo_messaging.NotificationResult.HANDLED
        if rule['then'] == 'raise':
            raise ValueError('told to raise')
        return oslo_messaging.NotificationResult.REQUEUE


def filter_from(rule):
    return None if rule is None else oslo_messaging.NotificationFilter(**rule)


def endpoint_for(listener, options, batch):
    """An object with one method per priority, as a user would write it."""
    behaviour = Behaviour(options.get('on', {}))
    name = options.get('name', 'endpoint')

    def single(priority):
        def method(self, ctxt, publisher_id, event_type, payload, metadata):
            say({'event': 'call', 'listener': listener, 'endpoint': name, 'priority': priority, 'ctxt': ctxt,
                 'publisher_id': publisher_id, 'event_type': event_type, 'payload': payload, 'metadata': metadata})
            return behaviour.result(event_type, metadata['message_id'])
        return method

    def batched(priority):
        def method(self, messages):
            say({'event': 'call', 'listener': listener, 'endpoint': name, 'priority': priority, 'messages': messages})
            results = [behaviour.result(m['event_type'], m['metadata']['message_id']) for m in messages]
            if oslo_messaging.NotificationResult.REQUEUE in results:
                return oslo_messaging.NotificationResult.REQUEUE
            return oslo_messaging.NotificationResult.HANDLED
        return method

    make = batched if batch else single
    methods = {priority: make(priority) for priority in options.get('priorities', PRIORITIES)}
    if options.get('filter') is not None:
        methods['filter_rule'] = filter_from(options['filter'])
    return type('Endpoint', (object,), methods)()


def listen(command):
    """Answers when every queue is declared and bound: what is sent from then on is heard."""
    name = command['listener']
    batch = 'batch_size' in command or 'batch_timeout' in command
    transport = transport_for(command['url'], command['exchange'])
    targets = [oslo_messaging.Target(**target) for target in command['targets']]
    endpoints = [endpoint_for(name, options, batch) for options in command.get('endpoints', [{}])]
    shared = dict(executor='threading', allow_requeue=command.get('allow_requeue', False), pool=command.get('pool'))
    if batch:
        server = oslo_messaging.get_batch_notification_listener(
            transport, targets, endpoints, batch_size=command.get('batch_size'), batch_timeout=command.get('batch_timeout'), **shared)
    else:
        server = oslo_messaging.get_notification_listener(transport, targets, endpoints, **shared)
    server.start()
    listeners[name] = (server, transport)
    return {}


def stop(command):
    server, transport = listeners.pop(command['listener'])
    server.stop()
    server.wait()
    transport.cleanup()
    return {}


# --- the rest -------------------------------------------------------------------------------------------------------------------------

def match(command):
    """What the original's filter says to a notification, without a broker; an exception is an answer too."""
    rule = filter_from(command['rule'])
    m = command['notification']
    try:
        matched = rule.match(m['ctxt'], m['publisher_id'], m['event_type'], m['metadata'], m['payload'])
    except Exception as error:
        return {'raised': repr(error)}
    return {'matched': bool(matched)}


def versions(command):
    from importlib import metadata
    return {'python': sys.version.split()[0], 'oslo.messaging': metadata.version('oslo.messaging'),
            'kombu': metadata.version('kombu'), 'priorities': list(dispatcher.PRIORITIES)}


def options(command):
    """The options a rabbit:// URL of this release may carry, each with a value that is right."""
    samples = {'Boolean': 'false', 'Integer': '5', 'Float': '2.0', 'String': 'text'}
    values = {'kombu_compression': 'gzip'}
    for group, known in opts.list_opts():
        for option in known if group == 'oslo_messaging_rabbit' else []:
            choices = list(getattr(option.type, 'choices', None) or [])
            values.setdefault(option.dest, choices[0] if choices else samples[type(option.type).__name__])
    return values


COMMANDS = {'notify': notify, 'listen': listen, 'stop': stop, 'match': match, 'versions': versions, 'options': options}


def run(command):
    try:
        say({'id': command['id'], 'ok': COMMANDS[command['do']](command)})
    except Exception as error:
        say({'id': command['id'], 'error': '%s: %s' % (type(error).__name__, error)})


def main():
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.addHandler(LogToEvents())
    for line in sys.stdin:
        command = json.loads(line, object_hook=special)
        threading.Thread(target=run, args=(command,), daemon=True).start()
    # Threads of oslo.messaging may be in a poll: whoever closed our standard input does not want to wait for them.
    os._exit(0)


if __name__ == '__main__':
    main()
