"""Drives a Redfish service with sushy, function by function, and prints what each gave as one JSON object.

Usage: sushy-walk.py URL USER PASSWORD LISTENER. Nothing of ours is imported: sushy decides what is right.
"""
import json
import sys
import time

import sushy
from sushy import auth

url, user, password, listener = sys.argv[1:5]
results = {}


def step(name):
    def wrap(work):
        try:
            results[name] = work()
        except Exception as error:
            results[name] = {"failed": type(error).__name__, "why": str(error)[:300]}
    return wrap


def until(told):
    for _ in range(100):
        if told():
            return True
        time.sleep(0.1)
    return False


root = sushy.Sushy(url, auth=auth.SessionAuth(user, password))
basic = sushy.Sushy(url, auth=auth.BasicAuth(user, password))
system = root.get_system("/redfish/v1/Systems/1")
manager = root.get_manager("/redfish/v1/Managers/BMC")
chassis = root.get_chassis("/redfish/v1/Chassis/1")


def power():
    system.refresh(force=True)
    return system.power_state.value


def reset(kind):
    system.reset_system(kind)
    time.sleep(0.2)
    return power()


@step("root")
def _():
    return [root.redfish_version, root.uuid, basic.get_system("/redfish/v1/Systems/1").uuid]


@step("identity")
def _():
    return [system.manufacturer, system.serial_number, system.uuid, system.bios_version, system.status.health.value]


@step("power on")
def _():
    return reset(sushy.RESET_ON)


@step("force restart")
def _():
    return reset(sushy.RESET_FORCE_RESTART)


@step("nmi")
def _():
    return reset(sushy.RESET_NMI)


@step("graceful shutdown")
def _():
    system.reset_system(sushy.RESET_GRACEFUL_SHUTDOWN)
    time.sleep(1)
    return power()


@step("push power button")
def _():
    return reset(sushy.RESET_PUSH_POWER_BUTTON)


@step("force off")
def _():
    return reset(sushy.RESET_FORCE_OFF)


@step("reset while off")
def _():
    try:
        system.reset_system(sushy.RESET_FORCE_RESTART)
    except sushy.exceptions.HTTPError as error:
        return error.status_code


@step("boot devices")
def _():
    told = []
    for target in (sushy.BOOT_SOURCE_TARGET_PXE, sushy.BOOT_SOURCE_TARGET_HDD, sushy.BOOT_SOURCE_TARGET_CD,
                   sushy.BOOT_SOURCE_TARGET_BIOS_SETUP, sushy.BOOT_SOURCE_TARGET_DIAGS):
        for enabled in (sushy.BOOT_SOURCE_ENABLED_ONCE, sushy.BOOT_SOURCE_ENABLED_CONTINUOUS):
            system.set_system_boot_options(target, enabled=enabled, mode=sushy.BOOT_SOURCE_MODE_UEFI)
            system.refresh(force=True)
            told.append([system.boot.target.value, system.boot.enabled.value, system.boot.mode.value])
    return told


@step("http boot")
def _():
    system.set_system_boot_options(sushy.BOOT_SOURCE_TARGET_UEFI_HTTP, enabled=sushy.BOOT_SOURCE_ENABLED_ONCE,
                                   http_boot_uri="http://127.0.0.1:1/boot.efi")
    system.refresh(force=True)
    return [system.boot.target.value, system.boot.http_boot_uri]


@step("boot mode")
def _():
    told = []
    for mode in (sushy.BOOT_SOURCE_MODE_BIOS, sushy.BOOT_SOURCE_MODE_UEFI):
        system.set_system_boot_options(mode=mode)
        system.refresh(force=True)
        told.append(system.boot.mode.value)
    return told


@step("wrong boot device")
def _():
    try:
        system._conn.patch(system.path, data={"Boot": {"BootSourceOverrideTarget": "Moon"}})
    except sushy.exceptions.BadRequestError as error:
        return error.status_code


@step("indicator")
def _():
    told = []
    for state in (sushy.INDICATOR_LED_BLINKING, sushy.INDICATOR_LED_OFF):
        system.set_indicator_led(state)
        system.refresh(force=True)
        told.append(system.indicator_led.value)
    return told


@step("bios")
def _():
    bios = system.bios
    before = bios.attributes["QuietBoot"]
    bios.set_attribute("QuietBoot", "Enabled", apply_time=sushy.APPLY_TIME_ON_RESET)
    pending = bios.pending_attributes["QuietBoot"]
    system.reset_system(sushy.RESET_ON)
    time.sleep(0.5)
    bios.refresh(force=True)
    registry = bios.get_attribute_registry()
    entry = [one.allowable_values for one in registry.registry_entries.attributes if one.name == "QuietBoot"]
    bios.reset_bios()
    return [before, pending, bios.attributes["QuietBoot"], len(entry)]


@step("wrong bios value")
def _():
    try:
        system.bios.set_attribute("QuietBoot", "Perhaps")
    except sushy.exceptions.BadRequestError as error:
        return error.status_code


@step("secure boot")
def _():
    told = [system.secure_boot.enabled, system.secure_boot.mode.value]
    system.secure_boot.set_enabled(True)
    system.reset_system(sushy.RESET_FORCE_RESTART)
    time.sleep(0.5)
    system.secure_boot.refresh(force=True)
    told.append(system.secure_boot.current_boot.value)
    system.secure_boot.reset_keys(sushy.SECURE_BOOT_RESET_KEYS_TO_DEFAULT)
    return told


@step("virtual media")
def _():
    told = []
    for holder in (manager, system):
        cd = [one for one in holder.virtual_media.get_members() if sushy.VIRTUAL_MEDIA_CD in one.media_types][0]
        cd.insert_media("http://127.0.0.1:1/boot.iso", write_protected=True)
        cd.refresh(force=True)
        told.append([cd.inserted, cd.image])
        cd.eject_media()
        cd.refresh(force=True)
        told.append(cd.inserted)
    return told


@step("processors and memory")
def _():
    summary = system.processors.summary
    cpus = system.processors.get_members()
    return [summary.count, summary.architecture.value, cpus[0].model, system.memory_summary.size_gib]


@step("ethernet")
def _():
    return sorted(system.ethernet_interfaces.summary)


@step("storage")
def _():
    storage = system.storage.get_members()[0]
    return [len(storage.drives), storage.drives[0].capacity_bytes, storage.storage_controllers[0].name,
            system.simple_storage.max_size_bytes]


@step("volumes")
def _():
    # One of its own: sushy reads what it has of a system again with the system, volumes that are gone as well.
    storage = root.get_system("/redfish/v1/Systems/1").storage.get_members()[0]
    volumes = storage.volumes
    drives = [{"@odata.id": one.path} for one in storage.drives[:2]]
    payload = {"RAIDType": "RAID1", "Name": "root", "Links": {"Drives": drives}}
    volumes.create(payload, apply_time=sushy.APPLY_TIME_IMMEDIATE)

    def count():
        return volumes._conn.get(volumes.path).json()["Members@odata.count"]

    until(lambda: count() == 1)
    volumes.refresh(force=True)
    made = volumes.get_members()
    told = [[one.name, one.raid_type.value, one.capacity_bytes] for one in made]
    made[0].delete(apply_time=sushy.APPLY_TIME_IMMEDIATE)
    until(lambda: count() == 0)
    return [told, count()]


@step("thermal")
def _():
    thermal = chassis.thermal
    return [[one.name, one.reading_celsius] for one in thermal.temperatures] + [
        [one.name, one.reading] for one in thermal.fans]


@step("power supplies")
def _():
    return [[one.name, one.power_capacity_watts, one.status.health.value] for one in chassis.power.power_supplies]


@step("chassis")
def _():
    adapters = chassis.network_adapters.get_members()
    ports = adapters[0].network_ports.get_members()
    functions = adapters[0].network_device_functions.get_members()
    return [chassis.chassis_type.value, chassis.serial_number, len(ports), functions[0].ethernet.mac_address]


@step("manager")
def _():
    return [manager.manager_type.value, manager.firmware_version,
            sorted(manager.ethernet_interfaces.summary) if hasattr(manager, "ethernet_interfaces") else []]


@step("clock")
def _():
    manager.set_datetime("2027-03-04T05:06:07+00:00", "+00:00")
    manager.refresh(force=True)
    return manager.datetime


@step("update")
def _():
    service = root.get_update_service()
    target = "/redfish/v1/UpdateService/FirmwareInventory/BIOS"
    monitor = service.simple_update("http://127.0.0.1:1/bios-9.8.7.bin", targets=[target])
    running = monitor.is_processing
    seen = []

    def done():
        monitor.refresh()
        task = monitor.task if monitor.is_processing else None
        seen.append(task.task_state.value if task is not None else "gone")
        return not monitor.is_processing

    until(done)
    items = {one.identity: one.version for one in service.firmware_inventory.get_members()}
    return [running, monitor.is_processing, seen[0], items["BIOS"], items["BMC"]]


@step("tasks")
def _():
    tasks = root._conn.get("/redfish/v1/TaskService/Tasks").json()
    return tasks["Members@odata.count"] > 0


@step("events")
def _():
    service = root.get_event_service()
    payload = {"Destination": listener, "Protocol": "Redfish", "Context": "walk", "EventFormatType": "Event",
               "SubscriptionType": "RedfishEvent"}
    service.subscriptions.create(payload)
    members = service.subscriptions.get_members()
    reset(sushy.RESET_ON)
    told = [service.service_enabled, [one.context for one in members]]
    members[0].delete()
    return told


@step("sessions")
def _():
    service = root.get_session_service()
    return [service.service_enabled, len(service.sessions.get_members()) > 0]


@step("registries")
def _():
    return sorted(root.registries.keys()) != []


@step("manager reset")
def _():
    manager.reset_manager(sushy.RESET_MANAGER_FORCE_RESTART)
    system.refresh(force=True)
    return "logged in again"


print(json.dumps(results))
