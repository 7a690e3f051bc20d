/** driver_info keys that deploy through the agent reads (contract/drivers.json, interfaces.deploy.direct). */
export const AGENT_PROPERTIES: Readonly<Record<string, string>> = {
  agent_verify_ca:
    "How the agent's certificate is verified: true, false, or the path of a file with authorities on the conductor. Default: the certificate that the agent sends with its heartbeats. Optional.",
  deploy_forces_oob_reboot:
    "Whether the machine is switched off by its BMC after the deploy, instead of by the agent. Default: false. Optional.",
  deploy_kernel:
    "Kernel of the deploy ramdisk: http://, https:// or file:// URL. Required unless [conductor]deploy_kernel is set.",
  deploy_ramdisk:
    "Initial ramdisk with the agent: http://, https:// or file:// URL. Required unless [conductor]deploy_ramdisk is set.",
  image_download_source:
    "Who fetches the instance image: http (the agent) or local (the conductor, which serves it). Default: [agent]image_download_source. Optional.",
  image_http_proxy: "URL of a proxy for the agent's HTTP downloads. Optional.",
  image_https_proxy: "URL of a proxy for the agent's HTTPS downloads. Optional.",
  image_no_proxy: "Hosts, addresses and domains that are reached without a proxy, separated by commas. Optional.",
};
