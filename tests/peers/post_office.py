"""A mail server with TLS and a login, which reads each mail by Python's own parser and writes down what it found.

Arguments as JSON: host, port, cert, key, user, password, implicit (TLS from the first byte), out (a file).
"""

import base64
import email
import email.policy
import hashlib
import json
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

args = json.loads(sys.argv[1])


def part_of(message):
    """What a part is, as a tree."""
    if message.is_multipart():
        return {"type": message.get_content_type(), "parts": [part_of(part) for part in message.iter_parts()]}
    content = message.get_content()
    found = {
        "type": message.get_content_type(),
        "id": message["Content-ID"],
        "disposition": message.get_content_disposition(),
        "defects": [str(defect) for defect in message.defects],
    }
    if isinstance(content, bytes):
        return found | {"bytes": len(content), "begins": base64.b64encode(content[:32]).decode(), "sha256": hashlib.sha256(content).hexdigest()}
    return found | {"text": content}


class Office:
    async def handle_DATA(self, server, session, envelope):
        raw = envelope.content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data if session.authenticated else None,
            "headers": {name: str(value) for name, value in message.items()},
            "defects": [str(defect) for defect in message.defects],
            "tree": part_of(message),
            "longest_line": max(len(line) for line in raw.split(b"\r\n")),
            "ascii": raw.isascii(),
        }
        with open(args["out"], "a", encoding="utf-8") as out:
            out.write(json.dumps(told) + "\n")
        return "250 taken"


def authenticator(server, session, envelope, mechanism, data):
    fine = isinstance(data, LoginPassword) and (data.login, data.password) == (args["user"].encode(), args["password"].encode())
    return AuthResult(success=fine, handled=False, auth_data=args["user"] if fine else None)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(args["cert"], args["key"])
options = {"authenticator": authenticator, "auth_required": True}
if args["implicit"]:
    options |= {"ssl_context": context, "auth_require_tls": False}
else:
    options |= {"tls_context": context, "require_starttls": True}
controller = Controller(Office(), hostname=args["host"], port=args["port"], **options)
controller.start()
while True:
    time.sleep(3600)
