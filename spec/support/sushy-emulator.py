"""sushy-tools' Redfish emulator with its fake system driver, which here also has BIOS settings, processors and volumes.

usage: sushy-emulator.py CONFIG PORT [CERT KEY]
"""
import sys

from sushy_tools.emulator import main
from sushy_tools.emulator.resources.systems import fakedriver

DEFAULTS = {"BootMode": "Uefi", "ProcTurboMode": "Enabled", "NumCores": "4"}


class MachineDriver(fakedriver.FakeDriver):
    def set_power_state(self, identity, state):
        # At once, and settings that wait for the next start are applied with it.
        if state in ("On", "ForceOn") or "Restart" in state:
            system = self._get(identity)
            pending = system.get("bios_pending") or {}
            bios = dict(system.get("bios") or DEFAULTS, **pending)
            self._update(system, power_state="On", bios=bios, bios_pending=None)
        else:
            self._update(identity, power_state="Off")

    def get_bios(self, identity):
        return self._get(identity).get("bios") or DEFAULTS

    def set_bios(self, identity, attributes):
        self._update(identity, bios_pending=attributes)

    def reset_bios(self, identity):
        self._update(identity, bios_pending=DEFAULTS)

    def get_versions(self, identity):
        return self._get(identity).get("versions") or {"BiosVersion": "1.0.0"}

    def set_versions(self, identity, versions):
        self._update(identity, versions=versions)

    def get_total_memory(self, identity):
        return 8

    def get_total_cpus(self, identity):
        return 4

    def get_processors(self, identity):
        return [{"id": "CPU0", "socket": "CPU 0", "model": "QEMU", "vendor": "Acme", "cores": "2", "threads": "2"}]

    def find_or_create_storage_volume(self, data):
        return data["Id"]


fakedriver.FakeDriver = MachineDriver
config, port, *tls = sys.argv[1:]
sys.argv = ["sushy-emulator", "--config", config, "--fake", "--interface", "127.0.0.1", "--port", port]
if tls:
    sys.argv += ["--ssl-certificate", tls[0], "--ssl-key", tls[1]]
main.main()
