#include "core/schema/json_schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using SchemaJson = nlohmann::ordered_json;

SchemaJson parsed_json(std::string_view text) { return SchemaJson::parse(text); }

JsonSchema compiled(std::string_view schema, const SchemaOptions& options = {}) {
  return JsonSchema::compile(parsed_json(schema), options);
}

std::vector<std::string> texts(std::string_view schema, std::string_view value,
                               const SchemaOptions& options = {}) {
  std::vector<std::string> out;
  for (const auto& violation : compiled(schema, options).validate(parsed_json(value))) {
    out.push_back(text_of(violation));
  }
  return out;
}

std::string schema_error(std::string_view schema, const SchemaOptions& options = {}) {
  return error_of([&] { compiled(schema, options); });
}

TEST(JsonSchema, SaysWhatIsWrongAndWhere) {
  const auto* const schema = R"({
    "required": ["id", "items"],
    "properties": {
      "items": {"type": "array", "items": {"properties": {"price": {"minimum": 0}}}},
      "a/b~c": {"type": ["integer", "null"]}
    },
    "additionalProperties": false
  })";
  EXPECT_THAT(
      texts(schema, R"({"items": [{}, {"price": -1}], "a/b~c": "x", "colour": 1})"),
      ElementsAre("the member 'id' is missing", "/items/1/price: -1 is less than the minimum 0",
                  "/a~1b~0c: \"x\" is not null or an integer",
                  "/colour: 'colour' is not allowed (additionalProperties)"));
  EXPECT_THAT(texts(schema, R"({"items": [], "id": 1, "a/b~c": null})"),
              ElementsAre("/id: 'id' is not allowed (additionalProperties)"));
}

TEST(JsonSchema, NamesTheKeywordAndItsPlaceInTheSchema) {
  const auto schema =
      compiled(R"({"items": {"$ref": "#/$defs/a~1b"}, "$defs": {"a/b": {"maximum": 5}}})");
  EXPECT_THAT(schema.validate(parsed_json("[6]")),
              ElementsAre(Violation{"/0", "#/$defs/a~1b/maximum", "maximum",
                                    "6 is greater than the maximum 5"}));
}

TEST(JsonSchema, HasWordsForEveryKeyword) {
  const std::vector<std::array<const char*, 3>> rows{
      {R"({"enum": [1, "a"]})", "2", "2 is none of the allowed values [1,\"a\"]"},
      {R"({"const": {"a": 1}})", "[]", "[] is not {\"a\":1}"},
      {R"({"exclusiveMaximum": 5})", "5", "5 is not beyond the exclusive maximum 5"},
      {R"({"multipleOf": 0.01})", "0.075", "0.075 is not a multiple of 0.01"},
      {R"({"minLength": 2})", "\"\u00fc\"", "\"\u00fc\" has 1 character, fewer than 2"},
      {R"({"pattern": "^a$"})", "\"b\"", "\"b\" does not match the pattern '^a$'"},
      {R"({"format": "date"})", "\"2023-02-29\"", "\"2023-02-29\" is not of the format 'date'"},
      {R"({"maxItems": 1})", "[1, 2]", "there are 2 items, more than 1"},
      {R"({"uniqueItems": true})", "[1, 2, 1.0]", "items 0 and 2 are the same: 1"},
      {R"({"prefixItems": [{}], "items": false})", "[1, 2]", "/1: item 1 is not allowed (items)"},
      {R"({"contains": {"type": "null"}})", "[1]", "no item matches 'contains'"},
      {R"({"contains": {}, "maxContains": 1})", "[1, 2]", "2 items match 'contains', more than 1"},
      {R"({"minProperties": 2})", R"({"a": 1})", "there is 1 member, fewer than 2"},
      {R"({"propertyNames": {"maxLength": 1}})", R"({"ab": 1})",
       "the name 'ab' is not allowed (\"ab\" has 2 characters, more than 1)"},
      {R"({"dependentRequired": {"a": ["b"]}})", R"({"a": 1})",
       "the member 'b' is missing, and 'a' needs it"},
      {R"({"not": {"type": "null"}})", "null", "this matches what 'not' excludes"},
      {R"({"if": {"type": "null"}, "then": false})", "null", "no value is allowed here (then)"},
      {R"({"unevaluatedProperties": false})", R"({"a": 1})",
       "/a: 'a' is not allowed (unevaluatedProperties)"},
      {"false", "1", "no value is allowed here"},
  };
  for (const auto& [schema, value, text] : rows) {
    EXPECT_THAT(texts(schema, value), ElementsAre(text));
  }
}

TEST(JsonSchema, SaysWhyEachBranchFailed) {
  EXPECT_THAT(
      texts(R"({"properties": {"pet": {"anyOf": [
              {"required": ["bark"]}, {"properties": {"name": {"type": "string"}}}]}}})",
            R"({"pet": {"name": 5}})"),
      ElementsAre("/pet: this matches none of the 2 schemas of anyOf (0: the member 'bark' is "
                  "missing; 1: /name: 5 is not a string)"));
  EXPECT_THAT(texts(R"({"oneOf": [{"type": "null"}, {"minimum": 1}, {"maximum": 9}]})", "5"),
              ElementsAre("this matches more than one schema of oneOf: 1 and 2"));
}

TEST(JsonSchema, KeepsTheListOfBranchesShort) {
  std::string branches = "{}";
  for (int i = 0; i < 50; ++i) {
    branches += R"(,{"required":["a","b","c"]})";
  }
  const auto schema = R"({"oneOf":[)" + branches.substr(3) + "]}";
  const auto violations = compiled(schema).validate(SchemaJson::object());
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_THAT(violations[0].causes, SizeIs(16));
  EXPECT_LT(text_of(violations[0]).size(), 250U);
}

TEST(JsonSchema, ShortensLongValuesAndMakesThemVisible) {
  const auto value = SchemaJson{{"a\x1b", std::string(1'000'000, 'x')}};
  const auto violations =
      compiled(R"({"type": "null", "additionalProperties": false})").validate(value);
  ASSERT_THAT(violations, SizeIs(2));
  EXPECT_LT(text_of(violations[0]).size(), 200U);
  EXPECT_EQ(text_of(violations[1]), "/a\\x1b: 'a\\x1b' is not allowed (additionalProperties)");
}

TEST(JsonSchema, ReportsNoMoreViolationsThanAskedFor) {
  SchemaOptions options;
  options.max_violations = 3;
  EXPECT_THAT(texts(R"({"items": {"type": "null"}, "maxItems": 1})", "[1, 2, 3, 4, 5]", options),
              SizeIs(3));
}

TEST(JsonSchema, SaysNothingAboutUnevaluatedMembersWhereSomethingElseIsWrong) {
  EXPECT_THAT(texts(R"({"allOf": [{"properties": {"a": {"type": "null"}}}],
                        "unevaluatedProperties": false})",
                    R"({"a": 1})"),
              ElementsAre("/a: 1 is not null"));
}

TEST(JsonSchema, RefusesWhatIsNoSchemaAndNamesThePlace) {
  EXPECT_EQ(schema_error(R"({"type": 5})"), "usage: the schema: #/type: 5 is not a string");
  EXPECT_EQ(schema_error(R"({"properties": {"a": {"type": "text"}}})"),
            "usage: the schema: #/properties/a/type: 'text' is not a type");
  EXPECT_EQ(schema_error(R"({"items": 5})"), "usage: the schema: #/items: 5 is not a schema");
  EXPECT_EQ(schema_error(R"({"anyOf": []})"),
            "usage: the schema: #/anyOf: there is no schema in it");
  EXPECT_EQ(schema_error(R"({"minLength": -1})"),
            "usage: the schema: #/minLength: -1 is not a count: an integer from 0");
  EXPECT_EQ(schema_error(R"({"multipleOf": 0})"),
            "usage: the schema: #/multipleOf: 0 is not greater than 0");
  EXPECT_EQ(schema_error(R"({"required": ["a", 1]})"),
            "usage: the schema: #/required: [\"a\",1] is not an array of strings");
  EXPECT_THAT(schema_error(R"({"patternProperties": {"(": true}})"),
              HasSubstr("usage: the schema: #/patternProperties: '(' is not a regular expression"));
  EXPECT_THAT(schema_error("5"), HasSubstr("the schema: #: 5 is not a schema"));
}

TEST(JsonSchema, ChecksAlsoWhatNothingRefersTo) {
  EXPECT_EQ(schema_error(R"({"$defs": {"a": {"minLength": "x"}}})"),
            "usage: the schema: #/$defs/a/minLength: \"x\" is not an integer, says the metaschema "
            "of 2020-12");
}

TEST(JsonSchema, FindsItsDialectInTheDocument) {
  const auto* const exclusive =
      R"({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": true})";
  EXPECT_THAT(texts(exclusive, "1"), ElementsAre("1 is not beyond the exclusive minimum 1"));
  const auto* const siblings =
      R"({"$schema": "http://json-schema.org/draft-07/schema", "$ref": "#/definitions/a",
          "type": "null", "definitions": {"a": true}})";
  EXPECT_THAT(texts(siblings, "1"), IsEmpty());
  SchemaOptions options;
  options.dialect = SchemaDialect::draft_7;
  EXPECT_THAT(texts(R"({"items": [{"type": "null"}]})", "[1]", options),
              ElementsAre("/0: 1 is not null"));
}

TEST(JsonSchema, RefusesADialectThatIsNotKnown) {
  EXPECT_EQ(schema_error(R"({"$schema": "https://json-schema.org/draft/2019-09/schema"})"),
            "usage: the schema: the dialect 'https://json-schema.org/draft/2019-09/schema' is not "
            "known | $schema can be http://json-schema.org/draft-04/schema (draft 4), "
            "http://json-schema.org/draft-07/schema (draft 7), "
            "https://json-schema.org/draft/2020-12/schema (2020-12), "
            "https://spec.openapis.org/oas/3.1/dialect/base (OpenAPI 3.1)");
}

TEST(JsonSchema, FormatsAreAssertedUnlessToldOtherwise) {
  EXPECT_THAT(texts(R"({"format": "uuid"})", "\"x\""), SizeIs(1));
  EXPECT_THAT(texts(R"({"format": "of-my-own"})", "\"x\""), IsEmpty());
  SchemaOptions options;
  options.asserts_formats = false;
  EXPECT_THAT(texts(R"({"format": "uuid"})", "\"x\"", options), IsEmpty());
}

TEST(JsonSchema, ReadsOtherDocumentsThroughTheLoader) {
  SchemaOptions options;
  options.uri = "http://host/schemas/order.json";
  std::vector<std::string> asked;
  options.load = [&](const std::string& uri) -> std::shared_ptr<const SchemaJson> {
    asked.push_back(uri);
    return std::make_shared<const SchemaJson>(
        parsed_json(R"({"$defs": {"price": {"minimum": 0}}})"));
  };
  const auto schema = compiled(R"({"items": {"$ref": "item.json#/$defs/price"}})", options);
  EXPECT_THAT(asked, ElementsAre("http://host/schemas/item.json"));
  const auto violations = schema.validate(parsed_json("[-1]"));
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].schema, "http://host/schemas/item.json#/$defs/price/minimum");
}

TEST(JsonSchema, RefusesReferencesThatLeadNowhere) {
  EXPECT_EQ(schema_error(R"({"items": {"$ref": "http://host/other.json"}})"),
            "usage: the schema: #/items/$ref: there is no schema 'http://host/other.json' | "
            "references to other documents are not followed by themselves");
  EXPECT_EQ(schema_error(R"({"$ref": "#/$defs/a"})"),
            "usage: the schema: #/$ref: nothing is at '/$defs/a'");
  EXPECT_EQ(schema_error(R"({"$ref": "#a"})"), "usage: the schema: #/$ref: there is no anchor 'a'");
}

TEST(JsonSchema, CompilesAPartOfALargerDocument) {
  const auto* const document = R"({
    "openapi": "3.0.3",
    "components": {"schemas": {
      "User": {"type": "object", "properties": {"boss": {"$ref": "#/components/schemas/Boss"}}},
      "Boss": {"type": "string", "nullable": true, "description": "or none"},
      "Age": {"type": "integer", "minimum": 0, "exclusiveMinimum": true},
      "Hidden": {"$ref": "#/components/schemas/Boss", "type": "integer"}
    }}})";
  SchemaOptions options;
  options.dialect = SchemaDialect::openapi_3_0;
  options.at = "#/components/schemas/User";
  EXPECT_THAT(texts(document, R"({"boss": null})", options), IsEmpty());
  EXPECT_THAT(texts(document, R"({"boss": 1})", options),
              ElementsAre("/boss: 1 is not null or a string"));
  options.at = "/components/schemas/Age";
  EXPECT_THAT(texts(document, "0", options),
              ElementsAre("0 is not beyond the exclusive minimum 0"));
  options.at = "/components/schemas/Hidden";
  EXPECT_THAT(texts(document, "\"x\"", options), IsEmpty());
  options.at = "/components/schemas/Usr";
  EXPECT_EQ(
      schema_error(document, options),
      "usage: the schema: '/components/schemas/Usr': nothing is at '/components/schemas/Usr'");
}

TEST(JsonSchema, DoesNotNeedTheDocumentAfterwards) {
  auto document = std::make_unique<SchemaJson>(parsed_json(R"({"enum": ["a"], "$ref": "#/$defs/b",
                                                               "$defs": {"b": {"minLength": 2}}})"));
  const auto schema = JsonSchema::compile(*document, {});
  document.reset();
  EXPECT_THAT(schema.validate("b"), SizeIs(2));
}

TEST(JsonSchema, RefusesSchemasThatReferToThemselvesWithoutEnd) {
  const auto refused = [](const char* schema, const char* expected) {
    EXPECT_THAT(schema_error(schema), HasSubstr(expected)) << schema;
  };
  constexpr const char* kEnd = "the schema refers to itself without end";
  refused(R"({"$ref": "#"})", "usage: the schema: #: the schema refers to itself without end");
  refused(
      R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})",
      "#/$defs/a: the schema refers to itself without end, by #/$defs/b");
  refused(R"({"properties": {"deep": {"items": {"$ref": "#/$defs/a"}}},
              "$defs": {"a": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/a"}]}}})",
          kEnd);
  refused(R"({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"oneOf": [{"$ref": "#"}]}}})",
          kEnd);
  refused(R"({"not": {"$ref": "#"}})", kEnd);
  refused(R"({"if": {"type": "null"}, "then": {"$ref": "#"}})", kEnd);
  refused(R"({"if": {"type": "null"}, "else": {"$ref": "#"}})", kEnd);
  refused(R"({"dependentSchemas": {"a": {"$ref": "#"}}})", kEnd);
  refused(R"({"$schema": "http://json-schema.org/draft-07/schema#",
              "dependencies": {"a": {"$ref": "#"}}})",
          kEnd);
  refused(R"({"$dynamicAnchor": "a", "allOf": [{"$dynamicRef": "#a"}]})", kEnd);
  // The inner schema has an end by itself, and none where the outer one gives "a" a meaning.
  refused(
      R"({"$id": "http://x/outer", "$dynamicAnchor": "a", "properties": {"p": {"$ref": "inner"}},
              "allOf": [{"$ref": "inner"}],
              "$defs": {"i": {"$id": "inner", "$dynamicRef": "#a",
                              "$defs": {"n": {"$dynamicAnchor": "a", "type": "number"}}}}})",
      "#: the schema refers to itself without end, by #/allOf/0, #/$defs/i");
}

TEST(JsonSchema, MayReferToItselfForMembersItemsAndNames) {
  for (const auto* schema :
       {R"({"properties": {"a": {"$ref": "#"}}, "items": {"$ref": "#"}})",
        R"({"additionalProperties": {"allOf": [{"$ref": "#"}]}})",
        R"({"patternProperties": {"a": {"$ref": "#"}}, "propertyNames": {"$ref": "#/$defs/n"},
               "$defs": {"n": {"not": {"const": "x"}}}})",
        R"({"contains": {"$ref": "#"}, "unevaluatedItems": {"$ref": "#"}})",
        R"({"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {}}})",
        // What looks endless by itself has an end in the only place where it is used.
        R"({"$id": "http://x/outer", "$ref": "inner",
               "$defs": {"n": {"$dynamicAnchor": "a"},
                         "i": {"$id": "inner", "$dynamicAnchor": "a", "$dynamicRef": "#a"}}})"}) {
    EXPECT_THAT(texts(schema, R"({"a": [{"a": []}]})"), testing::An<std::vector<std::string>>());
  }
}

TEST(JsonSchema, RefusesChainsOfSchemasThatValidationCannotNest) {
  const auto chain = [](int length) {
    std::string schema = R"({"$ref": "#/$defs/1", "$defs": {)";
    for (int i = 1; i < length; ++i) {
      schema += fmt::format(R"("{}": {{"$ref": "#/$defs/{}"}}, )", i, i + 1);
    }
    return schema + fmt::format(R"("{}": {{"type": "null"}}}}}})", length);
  };
  EXPECT_THAT(texts(chain(990), "null"), IsEmpty());
  EXPECT_THAT(schema_error(chain(5000)), HasSubstr("more than 1000 schemas refer to each other"));
}

TEST(JsonSchema, StopsAtADepthInsteadOfRunningOutOfStack) {
  const auto deep = [](std::size_t depth) {
    return parsed_json(std::string(depth, '[') + std::string(depth, ']'));
  };
  const auto schema = compiled(R"({"items": {"$ref": "#"}})");
  EXPECT_THAT(schema.validate(deep(500)), IsEmpty());
  EXPECT_THAT(error_of([&] { static_cast<void>(schema.validate(deep(100'000))); }),
              HasSubstr("failed: the value is nested too deeply to validate"));
  EXPECT_THAT(error_of([&] {
                static_cast<void>(compiled(R"({"uniqueItems": true})").validate(deep(100'000)));
              }),
              HasSubstr("failed: the value is nested too deeply"));
  EXPECT_EQ(error_of([&] { JsonSchema::compile(deep(1000), {}); }),
            "usage: the schema: #: nested deeper than 500 levels");
}

TEST(JsonSchema, StopsWhereAlternativesMultiply) {
  std::string schema = R"({"$ref": "#/$defs/40", "$defs": {"0": {"type": "null"})";
  for (int i = 1; i <= 40; ++i) {
    const auto inner = R"({"$ref": "#/$defs/)" + std::to_string(i - 1) + "\"}";
    schema += ",\"" + std::to_string(i) + R"(": {"anyOf": [)" + inner + "," + inner + "]}";
  }
  SchemaOptions options;
  options.max_steps = 100'000;
  EXPECT_THAT(error_of([&] { static_cast<void>(texts(schema + "}}", "1", options)); }),
              HasSubstr("takes too many steps"));
}

TEST(JsonSchema, ComparesNumbersExactly) {
  EXPECT_THAT(texts(R"({"maximum": 9007199254740992})", "9007199254740993"), SizeIs(1));
  EXPECT_THAT(texts(R"({"const": 9007199254740992})", "9007199254740993"), SizeIs(1));
  EXPECT_THAT(texts(R"({"const": 9007199254740992.0})", "9007199254740992"), IsEmpty());
  EXPECT_THAT(texts(R"({"maximum": 18446744073709551615})", "18446744073709551615"), IsEmpty());
  EXPECT_THAT(texts(R"({"maximum": -1})", "18446744073709551615"), SizeIs(1));
  EXPECT_THAT(texts(R"({"type": "integer"})", "1.0"), IsEmpty());
}

TEST(JsonSchema, TakesMultiplesOfDecimalNumbers) {
  for (const auto* number : {"0.07", "19.99", "-4.35", "1e300", "0", "123456789012345678"}) {
    EXPECT_THAT(texts(R"({"multipleOf": 0.01})", number), IsEmpty()) << number;
  }
  for (const auto* number : {"0.001", "19.995", "1e-300"}) {
    EXPECT_THAT(texts(R"({"multipleOf": 0.01})", number), SizeIs(1)) << number;
  }
  EXPECT_THAT(texts(R"({"multipleOf": 18446744073709551615})", "1e20"), SizeIs(1));
}

TEST(JsonSchema, NamesAndValuesCannotMakeLines) {
  const auto* const schema = R"({
    "additionalProperties": {"type": "integer"},
    "not": {"const": {"a\nb": 1}},
    "propertyNames": {"pattern": "^[^\t]*$"},
    "required": ["c\nd"]
  })";
  EXPECT_THAT(texts(schema, R"({"x\nmscomm: forged\t": "\n"})"),
              ElementsAre(R"(/x\nmscomm: forged\t: "\n" is not an integer)",
                          R"(the name 'x\nmscomm: forged\t' is not allowed )"
                          R"(("x\nmscomm: forged\t" does not match the pattern '^[^\t]*$'))",
                          R"(the member 'c\nd' is missing)"));
}

// With a look-up of each name among those of the schema this takes minutes.
TEST(JsonSchema, ManyPropertiesOfOpenApi30TakeTimeByTheirNumber) {
  SchemaJson properties = SchemaJson::object();
  SchemaJson required = SchemaJson::array();
  for (int i = 0; i < 200'000; ++i) {
    required.push_back("a" + std::to_string(i));
    properties.get_ref<SchemaJson::object_t&>().emplace_back(required.back(), SchemaJson::object());
  }
  SchemaOptions options;
  options.dialect = SchemaDialect::openapi_3_0;
  options.use = SchemaUse::request;
  options.max_violations = 1;
  const auto start = std::chrono::steady_clock::now();
  const auto schema = JsonSchema::compile(
      {{"properties", std::move(properties)}, {"required", std::move(required)}}, options);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_THAT(schema.validate(SchemaJson::object()), SizeIs(1));
}

}  // namespace
}  // namespace mscomm
