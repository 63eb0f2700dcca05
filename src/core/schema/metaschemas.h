#pragma once

#include <optional>
#include <string_view>

namespace mscomm {

/// The metaschema of a known dialect, or a part of one, by its URI without a fragment; nothing for
/// other URIs.
std::optional<std::string_view> metaschema_text(std::string_view uri);

}  // namespace mscomm
