// A broker's bytes into frames: the same ones however the bytes arrive, and nothing read past them.
//
// The first byte of the input is how many bytes arrive at once, the rest is what the broker sends.

#include <amqp.h>
#include <amqp_framing.h>

#include <algorithm>
#include <string>

#include "core/amqp/codec.h"
#include "core/amqp/frame_reader.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

// Everything in the frame that a session may look at, so that a sanitizer sees it read.
void describe(const amqp_frame_t& frame, std::string& out) {
  static FrameEncoder encoder(1UL << 20U);
  out += std::to_string(frame.frame_type) + '/' + std::to_string(frame.channel) + ' ';
  if (frame.frame_type == AMQP_FRAME_BODY) {
    out += view_of(frame.payload.body_fragment);
  } else if (frame.frame_type == AMQP_FRAME_HEADER) {
    const auto& header = frame.payload.properties;
    Properties properties;
    assign_properties(properties, *static_cast<const amqp_basic_properties_t*>(header.decoded));
    encoder.append_content_header(out, 1, header.body_size, properties);
  } else if (frame.frame_type == AMQP_FRAME_METHOD) {
    const auto& method = frame.payload.method;
    encoder.append_method(out, 1, method.id, method.decoded);
  }
}

std::string frames_of(std::string_view input, std::size_t at_once) {
  FrameReader reader("broker");
  std::string out;
  try {
    amqp_frame_t frame{};
    while (!input.empty()) {
      const auto room = reader.room();
      const auto count = std::min({at_once, room.size(), input.size()});
      std::copy_n(input.begin(), count, room.begin());
      reader.add(count);
      input.remove_prefix(count);
      while (reader.next(frame)) {
        describe(frame, out);
      }
    }
  } catch (const Error& error) {
    require(error.reason() == Exit::unreachable || error.reason() == Exit::failed);
    out += error.what();
  }
  return out;
}

}  // namespace

void fuzz(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const auto at_once = static_cast<std::size_t>(static_cast<unsigned char>(input.front())) + 1;
  input.remove_prefix(1);
  require(frames_of(input, at_once) == frames_of(input, input.size() + 1));
}

}  // namespace mscomm::test
