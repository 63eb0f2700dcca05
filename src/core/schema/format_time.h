#pragma once

#include <string_view>

namespace mscomm {

/// full-date, full-time and date-time of RFC 3339 section 5.6, with leap seconds only at 23:59:60
/// UTC; duration of its appendix A.
bool is_date(std::string_view text);
bool is_time(std::string_view text);
bool is_date_time(std::string_view text);
bool is_duration(std::string_view text);

}  // namespace mscomm
