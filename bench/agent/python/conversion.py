"""The conversion of the real Ceilometer, as ../process.mjs does ours: one order as JSON in the first argument, the figures as a line on standard
output."""

import json
import logging
import os
import resource
import shutil
import sys
import tempfile

from ceilometer import service
from ceilometer import version
from ceilometer.event import converter
from ceilometer.meter import notifications as meter
from stevedore import extension

GROUPS = {'all': lambda case: True, 'measured': lambda case: bool(case['expected'].get('samples'))}


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime * 1e6, used.ru_stime * 1e6


def load(order, folder):
    meters = os.path.join(folder, 'meters.d')
    os.mkdir(meters)
    for path in order['meters']:
        shutil.copy(path, meters)
    settings = os.path.join(folder, 'ceilometer.conf')
    with open(settings, 'w') as out:
        out.write('[meter]\nmeter_definitions_dirs = %s\n[event]\ndefinitions_cfg_file = %s\n' % (meters, order['events']))
    conf = service.prepare_service(['bench'], [settings])
    logging.disable(logging.CRITICAL)
    plugins = extension.ExtensionManager(namespace='ceilometer.event.trait_plugin')
    return meter.ProcessMeterNotifications(conf, None), converter.setup_events(conf, plugins)


def main(order):
    with tempfile.TemporaryDirectory() as folder:
        endpoint, events = load(order, folder)
    with open(order['notifications']) as lines:
        cases = [json.loads(line) for line in lines]

    def samples(notification):
        return len(list(endpoint.build_sample(notification)))

    def event(notification):
        return 0 if events.to_event('info', notification) is None else 1

    def attempt(convert, notification):
        try:
            return convert(notification)
        except Exception:
            return 0

    def both(notification):
        return attempt(event, notification) + attempt(samples, notification)

    kinds = {'samples': samples, 'event': event, 'both': both}

    def measure(work, ms):
        convert = kinds[work['kind']]
        wanted = [case['notification'] for case in cases if GROUPS[work['group']](case)]
        before = cpu()
        sweeps = 0
        while True:
            made = sum(attempt(convert, notification) for notification in wanted)
            sweeps += 1
            user, system = (after - then for after, then in zip(cpu(), before))
            if user + system >= ms * 1000:
                return {'messages': sweeps * len(wanted), 'userUs': user, 'systemUs': system, 'made': made}

    works = {}
    for work in order['works']:
        measure(work, order['warmMs'])
        works[work['name']] = measure(work, order['ms'])
    print('@figures ' + json.dumps({'definitions': len(endpoint.definitions), 'works': works,
                                    'version': version.version_info.version_string()}))


main(json.loads(sys.argv[1]))
