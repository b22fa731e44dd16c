---@meta srq
-- What `require "srq"` gives, for editors that read LuaCATS annotations. Never run.

---How far a long call is.
---@class srq.Progress
---@field stage "calibrate"|"finetune"|"evaluate"|"upscale"
---@field detail string the epoch's parameter group, the image's name; "" if none
---@field epoch integer from 1 while finetuning, else 0
---@field done integer steps finished
---@field total integer steps of the whole call
---@field loss? number of the step just done while finetuning
---@field seconds number since the call began

---Returning false cancels the call, which then raises an error; so do an error in the function and Ctrl-C.
---Without a function there is a bar on a terminal and lines in a pipe (both on stderr); `false` silences them.
---@alias srq.ProgressFunction fun(progress: srq.Progress): boolean?

---One convolution. Bits are 32 and the ranges nil on a side that stays float.
---@class srq.Layer
---@field name string the checkpoint's key without ".weight"
---@field role "edge"|"body"|"bodyEnd"
---@field inputs integer channels
---@field outputs integer channels
---@field kernel integer side
---@field weight_bits integer
---@field activation_bits integer
---@field quantizer? string of the activations
---@field lower? number clipping range of the layer's input
---@field upper? number
---@field breakpoint? number nil where the quantizer has none
---@field weight_bound? number weights are clipped to ± this
---@field deviation? number mean standard deviation of the layer's output while calibrating
---@field parameters integer weights and biases
---@field resolution integer how many times the layer's output is wider and higher than the network's input
---@field weight_parameters? integer numbers of the weight ranges: 1 or 2, for all weights or each output channel
---@field measure? number AdaBM's m, whose rounding `activation_bits` includes; nil where bits do not depend on the image
---@field in_float? string why a quantized layer of a snapped model computes in float all the same; nil for all others
---@field arithmetic? string how a snapped model computes it: "winograd", "wide" (16 bits), "narrow", "narrow 24" (bytes), "float"

---What a checkpoint cannot say about its network.
---@class srq.LoadOptions
---@field res_scale? number EDSR: factor of the residual branch; default 0.1 for 256 channels × 32 blocks, else 1
---@field tanh? boolean SRResNet whose output is (tanh(y) + 1) · 127.5; default false
---@field range? number white as the network sees it, 1 or 255; default: what the tensor names imply

---@class srq.SessionOptions
---@field threads? integer that work on one image; default one per processor; never changes the output

---@class srq.UpscaleOptions: srq.SessionOptions
---@field progress? srq.ProgressFunction|false for folders

---@class srq.ImagesOptions
---@field count? integer patches; default 100
---@field patch? integer side in pixels; default 96
---@field seed? integer of the positions; default 1

---@class srq.CalibrationOptions
---@field weights? integer bits 2…8; default 4
---@field activations? integer bits 2…8, piecewise linear from 3; default 4
---@field quantizer? "minmax"|"percentile"|"mse"|"ptq4sr"|"plq"|"plq-offset"|"plq-one-sided"|"adabm" default "plq"
---@field protocol? "full"|"body" "full" (default): edges at 8 bits; "body": edges and body end stay float
---@field breakpoint? "percentile"|"search" default "percentile"
---@field batch? integer images between two updates of the moving averages; default 16
---@field momentum? number of the moving averages; default 0.9
---@field percentile? number of |x| that starts the breakpoint; default 99
---@field per_channel? boolean one weight range per output channel; default false
---@field weight_range? "max"|"percentile"|"percentile-signed"|"mse"|"mse-signed"|"minmax"|"minmax-clipped" default: the quantizer's
---@field range_percentile? number of quantizer and weight range "percentile"; default 99: from P1 to P99
---@field clipped_share? number of a batch's values that "ptq4sr" may clip; default 1e-4
---@field clipped_share_8bit? number the same in layers of 8 bits; default 1e-5
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---@alias srq.ParameterGroup "weights"|"range"|"breakpoint"|"measures"

---@class srq.LearningRates
---@field weights? number
---@field range? number
---@field breakpoint? number
---@field measures? number AdaBM: of the layers' m
---@field image? number AdaBM: of the image thresholds

---@class srq.LossTerms
---@field reconstruction? boolean default true
---@field sensitivity? boolean default: true for "saft", else false
---@field attention? number weight of PTQ4SR's distance between attention maps; default 0, as in its released code; 5 in the paper

---@class srq.FinetuneOptions
---@field method? "saft"|"vft"|"ptq4sr"|"adabm" whose settings become the defaults of the other options; default "saft"
---@field lambda? number weight of the reconstruction loss; default 5
---@field epochs? integer default 10
---@field batch? integer default 2
---@field lr? number|srq.LearningRates default 0.001
---@field schedule? "decay"|"cosine" of learning rates: "cosine" falls over all steps of a group to `decay` times; default "decay"
---@field decay? number of a group's learning rate after each of its epochs; default 0.9
---@field cycle? srq.ParameterGroup[]|string groups that epochs train in turn; default {"weights", "range", "breakpoint"}
---@field terms? srq.LossTerms which losses take part
---@field temperature? number of the softmax over layer sensitivities; default 1
---@field relative? boolean learn factors of the parameters instead of the parameters; default false
---@field snapping? boolean train with activation levels on the integer grids that `quantize` puts them on; default false
---@field integers? boolean `snapping` in whole numbers, gradients rounded to nine bits: two to three times as fast; default false
---@field seed? integer of the order of images; default 1
---@field state? string file where the state is saved every epoch and resumed from
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---@class srq.Bits
---@field weights? integer 2…8, or 32 for float; left as they are without it
---@field activations? integer

---@class srq.HistogramOptions
---@field pattern? string of layer names, with * and ?; default "*"
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---What enters one layer of the float network.
---@class srq.Histogram
---@field name string the layer's
---@field counts integer[] numbers in each of 2048 equal bins from lower to upper
---@field count integer numbers in all
---@field lower number the smallest
---@field upper number the largest
---@field mean number
---@field deviation number of all numbers
---@field skewness number third central moment / deviation³
---@field signal_to_noise? number of the layer's activation quantizer, dB

---@class srq.EvaluationOptions
---@field shave? integer pixels cropped at each side; default the scale
---@field patch? integer patch test: side of the low resolution patches; default 0, whole images
---@field patch_step? integer from one patch to the next; default as far as the patch is long
---@field keep_going? boolean skip images that are missing, damaged or of the wrong size; default false
---@field output? string folder where the upscaled images are written
---@field threads? integer
---@field progress? srq.ProgressFunction|false

---@class srq.Score
---@field name string of the image's file
---@field psnr number dB, on luma
---@field ssim number MATLAB's reading: valid windows only, luma with the 16 offset
---@field ssim_replicate number same size, replicated borders, luma without the offset
---@field bits number mean activation bits of the layers below 8 bits, which may depend on the image; 32 for a float model

---Means over a folder; `name` is the folder's.
---@class srq.Evaluation: srq.Score
---@field fab number AdaBM's feature average bits, the same as `bits`
---@field images srq.Score[]
---@field skipped {name: string, reason: string}[] left out of everything else

---Patches of low resolution images in memory. `#images` is how many.
---@class srq.Images
---@field count integer
local Images = {}

function Images:close() end

---A network with its weights, float or quantized. Never changes.
---@class srq.Model
---@field architecture string "EDSR", "SRResNet", "RDN", …
---@field scale integer output side / input side
---@field parameters integer
---@field quantized boolean
---@field snapped boolean activations lie on integer grids and layers compute in whole numbers where they can
---@field recipe? string JSON: how it was calibrated and finetuned; nil for a float model
local Model = {}

---The recipe as a table; nil for a float model.
---@return table?
function Model:recipe_table() end

---@return srq.Layer[] in the order they run
function Model:layers() end

---@param width integer
---@param height integer
---@return integer width, integer height
function Model:output_size(width, height) end

---Writes a .srq file: graph, weights and recipe. Through a temporary file and a rename.
---@param path string
function Model:save(path) end

---A quantized model with its levels on integer grids, for one that was frozen without.
---@return srq.Model
function Model:snap() end

---Writes the float weights under their checkpoint names as .safetensors.
---@param path string
function Model:export(path) end

---A file becomes a file (or goes into an existing folder), a folder of PNGs fills a folder, an image in memory gives an image
---(the second argument is then the options). For paths the result is the number of files written.
---@param input string
---@param output string
---@param options? srq.UpscaleOptions
---@return integer
---@overload fun(self: srq.Model, image: srq.Image, options?: srq.SessionOptions): srq.Image
function Model:upscale(input, output, options) end

---Scratch memory to upscale many images with.
---@param options? srq.SessionOptions
---@return srq.Session
function Model:session(options) end

---Runs the network over the images and sets every range and breakpoint.
---@param images srq.Images
---@param options? srq.CalibrationOptions
---@return srq.Quantization
function Model:calibrate(images, options) end

---As srq.evaluate.
---@param folder string
---@param options? srq.EvaluationOptions
---@return srq.Evaluation
function Model:evaluate(folder, options) end

function Model:close() end

---@class srq.Session
local Session = {}

---@class srq.UpscalingOptions
---@field progress? srq.Progress|false told from layer to layer, in thousandths of the image; false from it cancels

---@param input string
---@param output string
---@param options? srq.UpscalingOptions
---@overload fun(self: srq.Session, image: srq.Image, options?: srq.UpscalingOptions): srq.Image
function Session:upscale(input, output, options) end

function Session:close() end

---A network with quantizers on its layers that can still be changed.
---@class srq.Quantization
local Quantization = {}

---Sets the bits of every calibrated layer whose name matches; no match is an error. Ranges stay, but a side that comes back
---from float has those of calibration again.
---@param pattern string with * and ?
---@param bits srq.Bits
function Quantization:bits(pattern, bits) end

---Gives one layer these activation levels: each activation becomes the nearest of them.
---@param layer string
---@param levels number[] ascending, at most 2^bits
function Quantization:set_levels(layer, levels) end

---What enters the layers while the float network runs over the images, twice.
---@param images srq.Images
---@param options? srq.HistogramOptions
---@return srq.Histogram[]
function Quantization:histograms(images, options) end

---A quantizer written in Lua: the function gives the levels of each layer that matches.
---@param pattern string with * and ?
---@param images srq.Images
---@param choose fun(histogram: srq.Histogram, bits: integer, layer: srq.Layer): number[]
---@param options? srq.HistogramOptions
---@return srq.Quantization self
function Quantization:levels(pattern, images, choose, options) end

---@return srq.Layer[]
function Quantization:layers() end

---Trains clipping ranges and breakpoints against the float network. After an error or a cancel everything is as before.
---@param images srq.Images
---@param options? srq.FinetuneOptions
---@return srq.Quantization self
function Quantization:finetune(images, options) end

---@class srq.FreezingOptions
---@field snapping? boolean moves activation levels to integer grids, so that the model runs in integers; default true

---A frozen model.
---@param options? srq.FreezingOptions
---@return srq.Model
function Quantization:quantize(options) end

---@class srq.SnappingCost
---@field free number dB, mean PSNR with levels where the method has put them
---@field snapped number dB, with levels on integer grids
---@field cost number dB, free minus snapped; below 0 where grids happen to be better

---What moving levels to integer grids costs on a folder of images.
---@param folder string
---@param options? srq.EvaluationOptions
---@return srq.SnappingCost
function Quantization:snapping_cost(folder, options) end

function Quantization:close() end

---@alias srq.PixelFormat "gray"|"gray_alpha"|"rgb"|"rgba"|"bgr"|"bgra"
---@alias srq.PixelType "uint8"|"uint16"|"float32"

---@class srq.Image
---@field width integer
---@field height integer
---@field format srq.PixelFormat
---@field type srq.PixelType
local Image = {}

---Writes a PNG; float images become 16 bit.
---@param path string
function Image:write(path) end

---Bicubic resizing as MATLAB's imresize.
---@param width integer
---@param height integer
---@return srq.Image
function Image:resize(width, height) end

---@param reference srq.Image of the same size
---@param options? {shave?: integer}
---@return {psnr: number, ssim: number, ssim_replicate: number}
function Image:compare(reference, options) end

---@param x integer from 0, left
---@param y integer from 0, top
---@param width integer
---@param height integer
---@return srq.Image
function Image:crop(x, y, width, height) end

---@param x integer from 0
---@param y integer from 0
---@param channel integer from 1
---@return number sample 0…255, 0…65535 or 0…1
function Image:get(x, y, channel) end

---@param x integer
---@param y integer
---@param channel integer
---@param value number
function Image:set(x, y, channel, value) end

function Image:close() end

---@class srq
---@field version string
local srq = {}

---Loads a PyTorch state dict, a .safetensors file or a saved .srq model.
---@param path string
---@param options? srq.LoadOptions
---@return srq.Model
function srq.load(path, options) end

---Reads patches from the PNG files of a folder or of a pattern with * and ?, or from images in memory.
---@param pattern string|srq.Image[]
---@param options? srq.ImagesOptions
---@return srq.Images
function srq.images(pattern, options) end

---@alias srq.OptionOwner "load"|"images"|"calibrate"|"finetune"|"quantize"|"session"|"evaluate"|"histograms"

---@class srq.Option
---@field name string the key; "lr.range" is the key "range" of the table "lr"
---@field field string the field of the C struct and the keyword in Python
---@field type "integer"|"number"|"boolean"|"string"|"list"|"function"
---@field default? any nil where nothing is set
---@field default_text string the default as text, or what happens where nothing is set
---@field minimum? number
---@field maximum? number
---@field minimum_excluded? boolean whether the minimum itself is not allowed
---@field maximum_excluded? boolean
---@field bounds string both bounds as text; "" where there are none
---@field choices? string[] the names that are known
---@field meaning string

---The options of a call, or without an argument the names of the calls that have options.
---@param owner srq.OptionOwner
---@return srq.Option[]
---@overload fun(): srq.OptionOwner[]
function srq.options(owner) end

---@class srq.SensitivityOptions
---@field data? string folder to score on; without it there is no PSNR
---@field bits? integer of the one layer's activations; default 4
---@field quantizer? string default "minmax"
---@field width? integer of the input that BitOPs are for; default 320
---@field height? integer default 180
---@field temperature? number of Eq. (4); default 1
---@field threads? integer
---@field progress? srq.ProgressFunction|false

---@class srq.LayerSensitivity
---@field layer string
---@field role string
---@field lower number of the layer's input
---@field upper number
---@field mean number
---@field deviation number
---@field skewness number
---@field signal_to_noise number dB, of the layer's input
---@field psnr? number dB, when this layer alone is quantized
---@field loss? number dB, against float
---@field output_deviation number mean standard deviation of the layer's output
---@field score number Eq. (4)
---@field parameters integer
---@field bitops number

---@class srq.Sensitivity
---@field layers srq.LayerSensitivity[]
---@field float? srq.Evaluation

---How much each layer suffers from quantization. `print` shows a table, `:save(folder)` writes Markdown, HTML and CSV.
---@param network srq.Model
---@param images srq.Images
---@param options? srq.SensitivityOptions
---@return srq.Sensitivity
function srq.sensitivity(network, images, options) end

---Upscales and scores every image of a folder: HR/name.png with LR_xS/namexS.png, or HR images alone.
---@param network srq.Model
---@param folder string
---@param options? srq.EvaluationOptions
---@return srq.Evaluation
function srq.evaluate(network, folder, options) end

---@class srq.ImageModule
srq.image = {}

---@param path string
---@return srq.Image
function srq.image.read(path) end

---A black, transparent image.
---@param width integer
---@param height integer
---@param options? {format?: srq.PixelFormat, type?: srq.PixelType} default rgb, uint8
---@return srq.Image
function srq.image.create(width, height, options) end

---Images of one height and kind in a row.
---@param images srq.Image[]
---@param options? {gap?: integer} black pixels between two
---@return srq.Image
function srq.image.beside(images, options) end

return srq
