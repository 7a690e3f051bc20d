"""The lab's Redfish emulator as the BMC of a machine whose UEFI firmware takes its boot URL from it.

usage: http-boot-bmc.py REDFISH_PROGRAM ARGUMENT...   (wants virt-firmware beside sushy-tools)

sushy-tools fetches the image of a HttpBootUri itself and shows it as a CD. Here the URL is kept, and before a start over
HTTP it is written into the machine's UEFI variables: as the boot option of that start alone.
"""
import os
import runpy
import shutil
import subprocess
import sys

import flask
from sushy_tools.emulator import main
from sushy_tools.emulator.resources.systems import fakedriver

EMPTY_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd'
SET_VARIABLES = os.path.join(os.path.dirname(sys.executable), 'virt-fw-vars')
STARTS = ('On', 'ForceOn')
RESTARTS = ('ForceRestart', 'GracefulRestart')


def with_http_boot(driver):
    class HttpBootDriver(driver):
        def get_http_boot_uri(self, identity):
            return self._file(identity, 'http-boot-uri')

        def keep_http_boot_uri(self, identity, uri):
            self._file(identity, 'http-boot-uri', uri)

        def set_power_state(self, identity, state):
            if state in RESTARTS:
                super().set_power_state(identity, 'ForceOff')
                state = 'On'
            if state in STARTS and self.get_power_state(identity) == 'Off':
                self._aim(identity)
            super().set_power_state(identity, state)

        def _aim(self, identity):
            uri = self.get_http_boot_uri(identity)
            if uri is None or self.get_boot_device(identity) != 'UefiHttp':
                return
            variables = os.path.join(os.environ['LAB_STATE'], self.name(identity), 'vars.fd')
            if not os.path.exists(variables):
                shutil.copy(EMPTY_VARIABLES, variables)
            subprocess.run([SET_VARIABLES, '--inplace', variables, '--set-boot-uri', uri], check=True)

    return HttpBootDriver


@main.app.before_request
def http_boot():
    """Answers what sets HTTP boot; everything else is sushy-tools' own."""
    path = flask.request.path.strip('/').split('/')
    if flask.request.method != 'PATCH' or path[:3] != ['redfish', 'v1', 'Systems'] or len(path) != 4:
        return None
    boot = (flask.request.get_json(silent=True) or {}).get('Boot') or {}
    if boot.get('BootSourceOverrideTarget') != 'UefiHttp':
        return None
    systems, identity = main.app.systems, path[3]
    if boot.get('HttpBootUri'):
        systems.keep_http_boot_uri(identity, boot['HttpBootUri'])
    systems.set_boot_device(identity, 'UefiHttp')
    if boot.get('BootSourceOverrideMode'):
        systems.set_boot_mode(identity, boot['BootSourceOverrideMode'])
    return '', 204


def start():
    fakedriver.FakeDriver = with_http_boot(fakedriver.FakeDriver)
    return emulator()


emulator, main.main = main.main, start
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
