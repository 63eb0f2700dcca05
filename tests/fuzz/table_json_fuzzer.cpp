// The value of -H NAME:=JSON: what can be read is written and read again as the same value.

#include <nlohmann/json.hpp>

#include "core/message/table_json.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {

void fuzz(std::string_view input) {
  FieldTable table;
  try {
    table.emplace_back("name", field_from_json(input, "header"));
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
    require(std::string_view(error.what()).starts_with("header"));
    return;
  }
  std::string written;
  append_table_json(written, table);
  require(table_from_json(nlohmann::ordered_json::parse(written), "written") == table);
}

}  // namespace mscomm::test
