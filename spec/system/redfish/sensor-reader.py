"""Prints what a Redfish service measures, as sushy and the JSON itself have it: a list of [kind, name, value].

Usage: sensor-reader.py URL USER PASSWORD CA, CA a file or "-" for plain HTTP. Nothing of ours is imported.
"""
import json
import sys

import sushy
from sushy import auth

url, user, password, ca = sys.argv[1:5]
root = sushy.Sushy(url, auth=auth.BasicAuth(user, password), verify=False if ca == "-" else ca)


def document(path):
    return root._conn.get(path).json()


def old(chassis):
    """Thermal as sushy reads it; Power, of which sushy knows supplies only, as it stands."""
    if "Thermal" in chassis.json:
        for one in chassis.thermal.temperatures:
            yield ["temperature", one.name, one.reading_celsius]
        for one in chassis.thermal.fans:
            yield ["fan", one.name, one.reading]
    if "Power" in chassis.json:
        power = document(chassis.json["Power"]["@odata.id"])
        for one in power.get("Voltages", []):
            yield ["voltage", one["Name"], one["ReadingVolts"]]
        for one in power.get("PowerControl", []):
            yield ["power", one["Name"], one["PowerConsumedWatts"]]


def new(chassis):
    for member in document(chassis.json["Sensors"]["@odata.id"])["Members"]:
        one = document(member["@odata.id"])
        yield [one["ReadingType"].lower(), one["Name"], one["Reading"]]


found = {"old": [], "new": []}
for chassis in root.get_chassis_collection().get_members():
    found["old"] += list(old(chassis))
    if "Sensors" in chassis.json:
        found["new"] += list(new(chassis))
print(json.dumps(found))
