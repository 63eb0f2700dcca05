#pragma once

#include <string>

#include "core/load/load_result.h"

namespace mscomm {

/// The run as one self-contained HTML page: no script, font or picture from elsewhere. Text from
/// the service is shown but harmless: it is escaped, and the page's content security policy allows
/// only the page's own script. At most 300 KiB, however long the run was.
std::string load_report(const LoadResult& result);

}  // namespace mscomm
