// A header table's bytes: what can be decoded is the same table after another trip over the wire,
// and after one through JSON.

#include <amqp.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/amqp/codec.h"
#include "core/amqp/frame_reader.h"
#include "core/message/table_json.h"
#include "core/runtime/error.h"
#include "core/runtime/handle.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

std::optional<FieldTable> decoded(std::string_view bytes) {
  if (!refusal_of_table(bytes).empty()) {
    return std::nullopt;
  }
  amqp_pool_t pool;
  init_amqp_pool(&pool, 4096);
  const std::unique_ptr<amqp_pool_t, Deleter<empty_amqp_pool>> owner(&pool);
  amqp_table_t table{};
  std::size_t used = 0;
  if (amqp_decode_table(bytes_of(bytes), &pool, &table, &used) != AMQP_STATUS_OK) {
    return std::nullopt;
  }
  return decode_table(table);
}

std::string encoded(const FieldTable& table, std::size_t most) {
  const EncodedTable form(table);
  auto root = form.get();
  std::string bytes(most, '\0');
  std::size_t written = 0;
  require(amqp_encode_table({bytes.size(), bytes.data()}, &root, &written) == AMQP_STATUS_OK);
  bytes.resize(written);
  return bytes;
}

}  // namespace

void fuzz(std::string_view input) {
  std::optional<FieldTable> table;
  try {
    table = decoded(input);
  } catch (const Error& error) {
    // Deeper than kMaxFieldDepth, and too small for refusal_of_table() to care.
    require(error.reason() == Exit::failed && input.size() < 2000);
  }
  if (!table) {
    return;
  }
  require(decoded(encoded(*table, input.size() + 4)) == table);
  std::string json;
  append_table_json(json, *table);
  require(table_from_json(nlohmann::ordered_json::parse(json), "written") == *table);
}

}  // namespace mscomm::test
