/** [vnc]: graphical consoles of nodes, and the proxy that shows them in a browser. */
import { boolean, choice, integer, optional, string } from "../option.ts";

export const vnc = {
  enabled: boolean(false, "Let ferric serve run the proxy of graphical consoles."),
  host_ip: string("0.0.0.0", "Address that the proxy (noVNC page and web socket) listens on."),
  port: integer(6090, "Port of it; 0 takes a free one.", { min: 0, max: 65535 }),
  public_url: optional(
    "URL of the page as browsers reach it, such as https://console.example/vnc_auto.html; when empty the place that the proxy listens at ($my_ip, or 127.0.0.1, where that is everywhere).",
  ),
  enable_ssl: boolean(false, "Serve the proxy over HTTPS, with this section's certificate or that of [ssl]."),
  cert_file: optional("Certificate of the proxy, where it is not [ssl]cert_file."),
  key_file: optional("Its private key."),
  tls_minimum_version: choice(["1.2", "1.3"], "1.2", "Least TLS version of it."),
  tls_ciphers: optional("Its ciphers, in OpenSSL's list format, where they are not [ssl]ciphers."),
  read_only: boolean(false, "Consoles show the screen and take no keys and no mouse."),
  token_timeout: integer(600, "Seconds for which the token of a console opens it.", { min: 10 }),
  expire_console_session_interval: integer(
    120,
    "Seconds between two looks for consoles whose token has expired, to switch them off.",
    { min: 1 },
  ),
  container_provider: choice(
    ["fake", "systemd", "container"],
    "fake",
    "What runs the containers with the VNC servers: systemd (Quadlet units of podman), container (a Docker-compatible program, container_executable) or fake (nothing).",
  ),
  console_image: optional("Image of the containers. Required by systemd and container."),
  systemd_container_publish_port: optional(
    "Where systemd's containers offer port 5900, as podman's --publish; $my_ip::5900 when empty (127.0.0.1 without my_ip): a free port.",
  ),
  systemd_unit_folder: optional(
    "Folder of systemd's unit files; /etc/containers/systemd/users/UID/containers/systemd, as in Ironic, when empty (ours).",
  ),
  container_executable: string("docker", "The program of the provider container: docker or podman."),
  container_host: optional("Where its engine listens (DOCKER_HOST and CONTAINER_HOST); its own choice when empty."),
  container_publish_port: optional("As systemd_container_publish_port, for the provider container."),
  wait_for_ready_timeout: integer(10, "Seconds that a VNC server may take to greet once its container runs.", {
    min: 1,
  }),
  max_connections: integer(200, "Most connections to the proxy at once (ours).", { min: 1 }),
  max_sessions_per_node: integer(8, "Most browsers that watch one console at once (ours).", { min: 1 }),
} as const;
