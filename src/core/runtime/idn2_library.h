#pragma once

#include <idn2.h>

#include <optional>
#include <string>

#include "core/runtime/shared_library.h"

namespace mscomm {

/// libidn2's functions, reached through pointers and not linked: only internationalized host names
/// need them.
struct Idn2Library : LibraryTable<Idn2Library> {
  Idn2Library()
      : LibraryTable("libidn2.so.0", {"libidn2", "which knows internationalized host names",
                                      "install libidn2: apt-get install libidn2-0"}) {}

  decltype(&idn2_register_u8) register_u8 = function("idn2_register_u8");
  decltype(&idn2_lookup_u8) lookup_u8 = function("idn2_lookup_u8");
  decltype(&idn2_free) free = function("idn2_free");
};

/// Whether a label that begins with "xn--" is an A-label (RFC 5890 section 2.3.2.1), that is, may
/// be registered (RFC 5891 section 4).
bool is_a_label(const std::string& label);

/// The A-label of a U-label (RFC 5890 section 2.3.2.1). Nothing when it may not be registered, for
/// example because it is not in Unicode's form NFC, unless `is_normal` is false.
std::optional<std::string> a_label_of(const std::string& u_label, bool is_normal);

/// A host name with its U-labels as A-labels (UTS #46, non-transitional): "xn--bcher-kva.example".
/// ASCII is unchanged. Nothing when it is not a valid name.
std::optional<std::string> to_a_labels(const std::string& name);

}  // namespace mscomm
