#include "commands/options/tls_options.h"

#include "commands/line/option_types.h"

namespace mscomm {

void bind_tls_options(CommandLine& line, TlsOptions& options) {
  OptionGroup tls(line, "TLS");
  tls.library_file("--tls-ca", options.ca,
                   "trust the certificates in this PEM file instead of the system's");
  tls.library_file("--tls-cert", options.cert,
                   "present this certificate chain (PEM) to the server");
  tls.library_file("--tls-key", options.key,
                   "the private key (PEM) of --tls-cert, when it is not in the same file")
      .needs({"--tls-cert"});
  tls.text("--tls-server-name", options.server_name, "NAME",
           "the name to ask for and to find in the server's certificate, instead of the host's");
  tls.flag("--insecure", options.insecure,
           "accept any certificate: the connection is encrypted, but to whom is unknown");
}

}  // namespace mscomm
