/**
 * The kickstart of nodes that name no template of their own: the whole of one disk, chosen as the agent chooses it, with a
 * live image or the packages of a repository. Nothing is erased before the service has answered the report of the start.
 * Sources: the kickstart documentation of pykickstart; lsblk(8).
 */

/** Reports to the service; its last words are arguments: status and message. The token stays out of command lines. */
const REPORT = `
REPORT = r'''
import json, ssl, sys, time, urllib.error, urllib.request
URL = {{ ks_options.heartbeat_url | tojson }}
TOKEN = {{ ks_options.agent_token | tojson }}
INSECURE = {{ ks_options.insecure_heartbeat | tojson }} == "true"
status, message = sys.argv[1], sys.argv[2]
told = {"callback_url": "", "agent_token": TOKEN, "agent_status": status, "agent_status_message": message[-2000:]}
headers = {"Content-Type": "application/json", "X-OpenStack-Ironic-API-Version": "1.72"}
context = ssl._create_unverified_context() if INSECURE else None
for pause in (1, 2, 5, 10, 20, 30, 30, 30, 60, 60, 0):
    try:
        request = urllib.request.Request(URL, data=json.dumps(told).encode(), headers=headers, method="POST")
        urllib.request.urlopen(request, timeout=30, context=context).close()
        sys.exit(0)
    except urllib.error.HTTPError as error:
        print("the service answered", error.code, file=sys.stderr)
        if error.code in (400, 401, 403, 404):
            sys.exit(1)
    except OSError as error:
        print("the service cannot be reached:", error, file=sys.stderr)
    time.sleep(pause)
sys.exit(1)
'''`;

const CHOOSE_DISK = String.raw`
import json, os, subprocess, sys
HINTS = json.loads({{ ks_options.root_device | tojson }})
SKIPPED = json.loads({{ ks_options.skip_block_devices | tojson }})
FOLDER = os.environ.get("FERRIC_FOLDER", "/tmp")
GIB = 1024 ** 3
COLUMNS = "NAME,TYPE,SIZE,RO,RM,SERIAL,WWN,MODEL,VENDOR,ROTA,HCTL"

def truth(value):
    return str(value).strip().lower() in ("1", "true", "yes", "on", "t", "y")

def fits(disk, hint, wanted):
    if hint in ("name", "by_path"):
        return os.path.realpath(str(wanted)) == os.path.realpath("/dev/" + disk["name"])
    if hint == "size":
        return int(disk["size"]) // GIB == int(wanted)
    if hint == "rotational":
        return truth(disk["rota"]) == truth(wanted)
    column = "wwn" if hint == "wwn_with_extension" else hint
    return str(disk.get(column) or "").strip().lower() == str(wanted).strip().lower()

def matches(disk, hints):
    return all(fits(disk, hint, wanted) for hint, wanted in hints.items())

def report(status, message):
    return subprocess.run([sys.executable, FOLDER + "/ferric-report.py", status, message]).returncode

with open(FOLDER + "/ferric-report.py", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as script:
    script.write(REPORT)
listed = subprocess.run(["lsblk", "--json", "--bytes", "--nodeps", "--output", COLUMNS], stdout=subprocess.PIPE, check=True)
disks = [disk for disk in json.loads(listed.stdout)["blockdevices"] if disk["type"] == "disk" and not truth(disk["ro"])]
disks = [disk for disk in disks if not any(matches(disk, hints) for hints in SKIPPED)]
if HINTS:
    usable = [disk for disk in disks if matches(disk, HINTS)]
else:
    usable = [disk for disk in disks if not truth(disk["rm"]) and int(disk["size"]) >= 4 * GIB]
if not usable:
    seen = ", ".join("%s (%d GiB, serial %s)" % (d["name"], int(d["size"]) // GIB, d["serial"]) for d in disks)
    report("error", "no disk fits the root device hints %s; disks seen: %s" % (json.dumps(HINTS), seen or "none"))
    sys.exit(1)
name = min(usable, key=lambda disk: (int(disk["size"]), disk["name"]))["name"]
if report("start", "the installer has started and will use " + name) != 0:
    sys.exit("the service does not want this installation: nothing is erased")
with open(FOLDER + "/ferric-disk.ks", "w") as include:
    include.write("ignoredisk --only-use=%s\nclearpart --all --initlabel --drives=%s\n" % (name, name))
    include.write("bootloader --boot-drive=%s\n" % name)
`;

export const DEFAULT_TEMPLATE = `{# The kickstart that ferric gives a node without a template of its own. #}
text
lang en_US.UTF-8
keyboard us
timezone UTC --utc
network --bootproto=dhcp --device=link --activate
rootpw --lock
firstboot --disable
zerombr
%include /tmp/ferric-disk.ks
autopart --nohome
{% if ks_options.is_source_a_path is not defined %}
liveimg --url={{ ks_options.liveimg_url }}{% if ks_options.liveimg_checksum %} --checksum={{ ks_options.liveimg_checksum }}{% endif %}

{% else %}
url --url={{ ks_options.repo_url }}
{% endif %}
poweroff
{% if ks_options.is_source_a_path is defined %}

%packages
@core
cloud-init
%end
{% endif %}

%pre --interpreter=/usr/bin/python3 --erroronfail
${REPORT}
${CHOOSE_DISK}
%end

%onerror --interpreter=/usr/bin/python3
import os, subprocess, sys
lines = open("/tmp/anaconda.log", errors="replace").read().splitlines() if os.path.exists("/tmp/anaconda.log") else []
if os.path.exists("/tmp/ferric-report.py"):
    subprocess.run([sys.executable, "/tmp/ferric-report.py", "error", "the installer failed: " + " | ".join(lines[-5:])])
%end
{{ ks_options.config_drive }}
%post --nochroot
python3 /tmp/ferric-report.py end "the system is installed"
%end
`;
