"""Serves Keystone's own application on a loopback port: keystone-server.py CONFIG_FILE PORT."""
import os
import sys

config, port = sys.argv[1], int(sys.argv[2])
os.environ["OS_KEYSTONE_CONFIG_FILES"] = config
sys.argv = sys.argv[:1]

from keystone.server.wsgi import initialize_public_application  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

make_server("127.0.0.1", port, initialize_public_application(), threaded=True).serve_forever()
