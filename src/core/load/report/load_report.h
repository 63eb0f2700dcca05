#pragma once

#include <string>

#include "core/load/load_result.h"

namespace mscomm {

/// The run as one HTML page that needs nothing else: no script, font or picture from elsewhere.
/// What came from the service is shown, and is harmless: it is escaped, and the page's content
/// security policy runs nothing but its own script. At most 300 KiB, however long the run was.
std::string load_report(const LoadResult& result);

}  // namespace mscomm
