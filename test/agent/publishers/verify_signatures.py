"""Whether the signatures of messages fit, computed with Python's own hmac, text forms and JSON.

Standard input: one JSON object a line, {"secret": .., "message": ..}. Standard output: `true` or `false` for each.
"""

import hashlib
import hmac
import json
import sys


def pairs(mapping, prefix=''):
    for key in sorted(mapping):
        value = mapping[key]
        if isinstance(value, dict):
            yield from pairs(value, prefix + key + ':')
        elif prefix + key != 'message_signature':
            yield prefix + key, value


def in_bytes(value):
    if isinstance(value, str):
        return value.encode('utf-8')
    if isinstance(value, list):
        return [in_bytes(member) for member in value]
    if isinstance(value, dict):
        return {in_bytes(key): in_bytes(value[key]) for key in sorted(value)}
    return value


def signature(message, secret):
    digest = hmac.new(secret.encode('utf-8'), digestmod=hashlib.sha256)
    for name, value in pairs(message):
        digest.update(name.encode('utf-8'))
        digest.update(str(in_bytes(value) if isinstance(value, list) else value).encode('utf-8'))
    return digest.hexdigest()


for line in sys.stdin:
    given = json.loads(line)
    message = given['message']
    print(json.dumps(hmac.compare_digest(signature(message, given['secret']), message['message_signature'])))
