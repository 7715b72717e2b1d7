"""The real oslo.messaging, doing the jobs of ../jobs: one order as JSON in the first argument, the figures as a line on standard output."""

import itertools
import json
import logging
import os
import resource
import sys
import tempfile
import threading
import time

import oslo_messaging
from oslo_config import cfg
from oslo_messaging.notify import dispatcher

JIFFY = 10000


class Meter(object):
    """As ../meter.mjs."""

    def __init__(self, order):
        self.messages = order['messages']
        self.broker = order.get('broker')
        self.done = threading.Event()
        self.before = self.after = None
        # next() of it is one step for all threads.
        self.counter = itertools.count(1)

    def begin(self):
        self.before = self.now()

    def tick(self):
        count = next(self.counter)
        if count == 1 and self.before is None:
            self.begin()
        if count == self.messages:
            self.end()

    def end(self):
        self.after = self.now()
        self.done.set()

    def now(self):
        times = os.times()
        return {'time': time.perf_counter() * 1e3, 'user': times.user * 1e6, 'system': times.system * 1e6,
                'broker': self.cpu_of_broker()}

    def cpu_of_broker(self):
        if self.broker is None:
            return 0
        with open('/proc/%d/stat' % self.broker) as stat:
            fields = stat.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) * JIFFY

    def figures(self):
        took = {key: self.after[key] - self.before[key] for key in self.after}
        return {'messages': self.messages, 'ms': took['time'], 'userUs': took['user'], 'systemUs': took['system'],
                'brokerUs': took['broker'],
                'rssMiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def transport_for(order):
    """With the options as an operator writes them, for names differ from release to release and unknown ones do no harm here."""
    place = order['place']
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as settings:
        durable = 'true' if place['isDurable'] else 'false'
        settings.write('[DEFAULT]\ncontrol_exchange = %s\n[oslo_messaging_rabbit]\namqp_durable_queues = %s\n'
                       % (place['names']['exchange'], durable))
        settings.flush()
        conf = cfg.ConfigOpts()
        conf(args=['--config-file', settings.name], project='tocsin-bench')
        return oslo_messaging.get_notification_transport(conf, place['url'].replace('amqp:', 'rabbit:').rstrip('/') + '/')


class Endpoint(object):
    def __init__(self, meter, wanted):
        self.meter = meter
        self.filter_rule = oslo_messaging.NotificationFilter(
            event_type=wanted['eventType'], publisher_id=wanted['publisherId'])


class One(Endpoint):
    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        self.meter.tick()


class Many(Endpoint):
    def info(self, notifications):
        for _ in notifications:
            self.meter.tick()


def consume(order, meter):
    transport = transport_for(order)
    target = oslo_messaging.Target(topic=order['place']['names']['topic'])
    batch = order['place'].get('batch')
    if batch is None:
        listener = oslo_messaging.get_notification_listener(
            transport, [target], [One(meter, order['wanted'])], executor='threading')
    else:
        listener = oslo_messaging.get_batch_notification_listener(
            transport, [target], [Many(meter, order['wanted'])], executor='threading', batch_size=batch, batch_timeout=1)
    listener.start()
    meter.done.wait()
    figures = meter.figures()

    def close():
        listener.stop()
        listener.wait()
        transport.cleanup()
    return figures, close


def publish(order, meter):
    transport = transport_for(order)
    notifier = oslo_messaging.Notifier(
        transport, order['publisherId'], driver='messagingv2', topics=[order['place']['names']['topic']])
    # Connects and declares.
    notifier.info({}, order['eventType'], order['payload'])
    meter.begin()
    for _ in range(order['messages']):
        notifier.info({}, order['eventType'], order['payload'])
    meter.end()
    return meter.figures(), transport.cleanup


def dispatch(order, meter):
    """Of its dispatcher alone: messages are decoded already, which those of ../jobs/dispatch.mjs are not."""
    class Service(object):
        def __init__(self, number):
            self.filter_rule = oslo_messaging.NotificationFilter(event_type=r'^svc%d\.thing\..*$' % number)

        def info(self, ctxt, publisher_id, event_type, payload, metadata):
            meter.tick()

    class Incoming(object):
        def __init__(self, number):
            self.ctxt = {}
            self.message = {'priority': 'INFO', 'publisher_id': 'compute.node-17', 'payload': {'instance': 'i-17'},
                            'event_type': 'svc%d.thing.create' % number, 'message_id': 'x', 'timestamp': 'y'}

    count = order['endpoints']
    dispatch = dispatcher.NotificationDispatcher([Service(number) for number in range(count)], None).dispatch
    messages = [Incoming(number) for number in range(min(count, 100))]
    for index in range(order['messages']):
        dispatch(messages[index % len(messages)])
    return meter.figures(), lambda: None


if __name__ == '__main__':
    logging.basicConfig(level=logging.ERROR)
    order = json.loads(sys.argv[1])
    figures, close = globals()[order['job']](order, Meter(order))
    print('@figures ' + json.dumps(figures), flush=True)
    close()
