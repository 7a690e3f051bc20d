"""Hardware manager plug-in for the stock ironic-python-agent: its only disk is the loop device of a test."""
import os

from ironic_python_agent import hardware


class LoopDiskManager(hardware.GenericHardwareManager):
    HARDWARE_MANAGER_NAME = "LoopDiskManager"
    HARDWARE_MANAGER_VERSION = "1"

    def evaluate_hardware_support(self):
        return hardware.HardwareSupport.SERVICE_PROVIDER

    def list_block_devices(self, include_partitions=False, **kwargs):
        size = int(os.environ["STOCK_DISK_SIZE"])
        return [hardware.BlockDevice(name=os.environ["STOCK_DISK"], model="loop", size=size, rotational=False,
                                     serial="right", logical_sectors=512, physical_sectors=512)]

    def get_os_install_device(self, permit_refresh=False):
        return os.environ["STOCK_DISK"]

    def list_network_interfaces(self):
        return [hardware.NetworkInterface("eth0", os.environ["STOCK_MAC"], ipv4_address="192.0.2.10")]

    def wait_for_disks(self):
        pass

    def get_bmc_address(self):
        return None

    def get_bmc_mac(self):
        return None

    def get_bmc_v6address(self):
        return None
