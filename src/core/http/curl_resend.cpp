// The part of CurlTransfer that HTTP/2 needs: what was not processed is sent again.

#include "core/http/curl_info.h"
#include "core/http/curl_transfer.h"
#include "core/http/response_head.h"

namespace mscomm {

bool CurlTransfer::may_send_again() const {
  const bool is_safe =
      (fate_.is_unprocessed() && sends_ <= kMostResends) || is_idempotent(exchange_.request.method);
  return is_resent_ || (!in_body_ && is_safe);
}

// An idempotent request whose connection of HTTP/2 ends without an answer, as when a server
// restarts in a hurry. Once, like what libcurl sends again over HTTP/1.1; more often only on
// connections that were used before.
bool CurlTransfer::is_lost_with_connection(CURLcode code) const {
  const bool is_used = curl_info<long>(handle(), CURLINFO_NUM_CONNECTS) == 0;
  return (code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING) && fate_.has_stream() &&
         header_bytes_ == 0 && (is_used || sends_ == 1) && is_idempotent(exchange_.request.method);
}

bool CurlTransfer::begin_resend(CURLcode code) {
  if (code == CURLE_OK || in_body_ || thrown_ || refusal_ || sends_ > kMostResends ||
      !(fate_.is_unprocessed(code) || is_lost_with_connection(code)) ||
      exchange_.deadline.passed(std::chrono::steady_clock::now() + Milliseconds(2))) {
    return false;
  }
  log_.debug("* the request was not processed, or may be repeated: it is sent again");
  before_ +=
      Duration(std::chrono::microseconds(curl_info<curl_off_t>(handle(), CURLINFO_TOTAL_TIME_T)));
  connects_ += static_cast<unsigned>(curl_info<long>(handle(), CURLINFO_NUM_CONNECTS));
  clear_head(exchange_.response);
  reset();
  request_.set(CURLOPT_FRESH_CONNECT, 1L);  // those that are kept may be of the same end
  is_resent_ = true;
  return true;
}

void CurlTransfer::note_remark(std::string_view text) {
  if (const auto last = fate_.remark(text, client_.round)) {
    const auto* const connection = fate_.connection();
    for (const auto& other : client_.transfers) {
      if (other.get() == this ||
          (connection != nullptr && other->fate_.connection() == connection)) {
        other->fate_.went_away(*last);
      }
    }
  }
}

// Over HTTP/2 libcurl 7.88 reads nothing more after the last byte of an answer, so that it does not
// learn that it may send more, or that the server wants no more (RFC 9113 section 8.1).
bool CurlTransfer::is_sending() const {
  return curl_info<long>(handle(), CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0 &&
         curl_info<curl_off_t>(handle(), CURLINFO_SIZE_UPLOAD_T) <
             curl_info<curl_off_t>(handle(), CURLINFO_CONTENT_LENGTH_UPLOAD_T);
}

}  // namespace mscomm
